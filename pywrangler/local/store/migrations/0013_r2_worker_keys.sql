-- Access keys of R2's S3 interface that configurations of Workers name, each for one bucket.

CREATE TABLE r2_worker_keys (
    worker TEXT NOT NULL,
    bucket TEXT NOT NULL,
    id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (worker, bucket)
) STRICT;
