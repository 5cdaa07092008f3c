-- The first shape of the platform's state. Times are seconds since the epoch; columns named after JSON hold JSON text.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE workers (
    name TEXT PRIMARY KEY,
    tag TEXT NOT NULL UNIQUE,
    created_on REAL NOT NULL,
    modified_on REAL NOT NULL,
    port INTEGER UNIQUE,
    active_version_id TEXT,
    migration_tag TEXT,
    settings TEXT NOT NULL DEFAULT '{}',
    crons TEXT NOT NULL DEFAULT '[]'
) STRICT;

CREATE TABLE versions (
    id TEXT PRIMARY KEY,
    worker TEXT NOT NULL REFERENCES workers (name) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    created_on REAL NOT NULL,
    metadata TEXT NOT NULL,
    modules TEXT NOT NULL,
    namespaces TEXT NOT NULL,
    migration_tag TEXT,
    content_hash TEXT NOT NULL,
    annotations TEXT NOT NULL,
    source TEXT NOT NULL,
    UNIQUE (worker, number)
) STRICT;

CREATE TABLE deployments (
    id TEXT PRIMARY KEY,
    worker TEXT NOT NULL REFERENCES workers (name) ON DELETE CASCADE,
    version_id TEXT NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    created_on REAL NOT NULL,
    source TEXT NOT NULL,
    annotations TEXT NOT NULL
) STRICT;
CREATE INDEX deployments_of_worker ON deployments (worker, created_on);

CREATE TABLE namespaces (
    id TEXT PRIMARY KEY,
    script TEXT NOT NULL REFERENCES workers (name) ON DELETE CASCADE,
    class_name TEXT NOT NULL,
    use_sqlite INTEGER NOT NULL,
    UNIQUE (script, class_name)
) STRICT;

CREATE TABLE secrets (
    version_id TEXT NOT NULL REFERENCES versions (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (version_id, name)
) STRICT;

-- Without a reference to namespaces: as on Cloudflare, an application outlives the Worker whose class it served.
CREATE TABLE applications (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    namespace_id TEXT NOT NULL UNIQUE,
    worker TEXT NOT NULL,
    class_name TEXT NOT NULL,
    version INTEGER NOT NULL,
    rolled_out_version INTEGER NOT NULL,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    spec TEXT NOT NULL
) STRICT;

CREATE TABLE application_versions (
    application_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    configuration TEXT NOT NULL,
    PRIMARY KEY (application_id, version)
) STRICT;

CREATE TABLE rollouts (
    id TEXT PRIMARY KEY,
    application_id TEXT NOT NULL REFERENCES applications (id) ON DELETE CASCADE,
    created_at REAL NOT NULL,
    status TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX rollouts_of_application ON rollouts (application_id, created_at);

CREATE TABLE instances (
    id TEXT PRIMARY KEY,
    application_id TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at REAL NOT NULL,
    stopped_at REAL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX instances_of_application ON instances (application_id, created_at);

CREATE TABLE kv_namespaces (id TEXT PRIMARY KEY, title TEXT NOT NULL UNIQUE) STRICT;

CREATE TABLE secrets_stores (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created REAL NOT NULL,
    modified REAL NOT NULL
) STRICT;

CREATE TABLE stored_secrets (
    id TEXT PRIMARY KEY,
    store_id TEXT NOT NULL REFERENCES secrets_stores (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    comment TEXT,
    created REAL NOT NULL,
    modified REAL NOT NULL,
    sealed BLOB NOT NULL,
    UNIQUE (store_id, name)
) STRICT;

CREATE TABLE registries (
    domain TEXT PRIMARY KEY,
    kind TEXT,
    created_at REAL NOT NULL,
    is_public INTEGER NOT NULL,
    public_credential TEXT,
    private_credential TEXT
) STRICT;
