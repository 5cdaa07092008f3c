-- Names of Durable Object classes before they were renamed or went to another Worker: bindings may still use them.

CREATE TABLE former_classes (
    script TEXT NOT NULL REFERENCES workers (name) ON DELETE CASCADE,
    class_name TEXT NOT NULL,
    namespace_id TEXT NOT NULL,
    PRIMARY KEY (script, class_name)
) STRICT;
