-- The images that container applications had while a version was the active one.

CREATE TABLE version_images (
    version_id TEXT NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    application_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    image TEXT NOT NULL,
    PRIMARY KEY (version_id, application_id)
) STRICT;
