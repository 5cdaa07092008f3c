-- Which node of a cluster does what only one may do at a time, such as to deploy a Worker.

CREATE TABLE turns (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    until REAL NOT NULL
) STRICT;
