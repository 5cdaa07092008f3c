-- Files of static assets, which stand in `<home>/assets` under their hashes. Versions name them in their metadata.

CREATE TABLE assets (hash TEXT PRIMARY KEY, content_type TEXT) STRICT;
