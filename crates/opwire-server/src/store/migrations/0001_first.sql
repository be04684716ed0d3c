-- One text for both databases: SQLite takes BYTEA and BIGINT as names of types that it stores as they come.
-- Times are milliseconds since 1970. What is `sealed` can be opened only with the sealing key, and only in its place.
CREATE TABLE opwire_connections (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    connector TEXT NOT NULL,
    -- New with each change of the credentials: tokens that were got with others are not used with these.
    revision TEXT NOT NULL,
    -- The names of the credentials, as a JSON list.
    names TEXT NOT NULL,
    sealed BYTEA NOT NULL,
    created BIGINT NOT NULL,
    changed BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

CREATE TABLE opwire_keys (
    -- SHA-256 of the key, in hexadecimal.
    hash TEXT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant TEXT NOT NULL,
    -- What the key may do, as JSON.
    scopes TEXT NOT NULL,
    created BIGINT NOT NULL
);

CREATE TABLE opwire_tokens (
    key TEXT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    sealed BYTEA NOT NULL
);

CREATE TABLE opwire_leases (
    key TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until BIGINT NOT NULL
);

CREATE TABLE opwire_authorizations (
    -- SHA-256 of the state, in hexadecimal.
    state TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    connection TEXT NOT NULL,
    revision TEXT NOT NULL,
    -- The code verifier of PKCE.
    sealed BYTEA NOT NULL,
    expires BIGINT NOT NULL
);

-- One row: a random salt, which only the right sealing key opens.
CREATE TABLE opwire_seal (
    id BIGINT NOT NULL PRIMARY KEY,
    sealed BYTEA NOT NULL
);
