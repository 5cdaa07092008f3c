-- Images that every node of a cluster can have: the parts of their archives, whose contents are in the bucket.

CREATE TABLE shared_images (
    reference TEXT PRIMARY KEY,
    image_id TEXT NOT NULL,
    parts TEXT NOT NULL,
    shared_on REAL NOT NULL
) STRICT;
