-- Client certificates of mTLS bindings, and namespaces of dispatched Workers.

CREATE TABLE mtls_certificates (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    is_authority INTEGER NOT NULL,
    chain TEXT NOT NULL,
    sealed_key BLOB,
    uploaded_on REAL NOT NULL
) STRICT;

CREATE TABLE dispatch_namespaces (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created_on REAL NOT NULL,
    modified_on REAL NOT NULL
) STRICT;
