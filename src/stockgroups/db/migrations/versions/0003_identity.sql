-- The securities of refs, the audit of loads, and users' decisions. All of it belongs to one
-- environment: a bad file loaded into TEST renames nothing in PROD.

-- A ref belongs to one environment, so its securities depend on that environment's data alone.
ALTER TABLE stockgroups.refs ADD COLUMN environment varchar(10);
ALTER TABLE stockgroups.refs DROP CONSTRAINT refs_fingerprint_key;

CREATE TABLE stockgroups.ref_users AS
SELECT DISTINCT g.environment, m.ref_id
FROM stockgroups.snapshots s
JOIN stockgroups.group_registry g ON g.id = s.group_id
CROSS JOIN LATERAL unnest(s.ref_ids) AS m (ref_id);

UPDATE stockgroups.refs r
SET environment = coalesce(
    (SELECT min(u.environment) FROM stockgroups.ref_users u WHERE u.ref_id = r.id), 'DEFAULT'
);

INSERT INTO stockgroups.refs (
    environment, fingerprint, symbol, ticker, name, cusip, isin, sedol, figi, exchange, country,
    currency
)
SELECT u.environment, r.fingerprint, r.symbol, r.ticker, r.name, r.cusip, r.isin, r.sedol, r.figi,
       r.exchange, r.country, r.currency
FROM stockgroups.ref_users u
JOIN stockgroups.refs r ON r.id = u.ref_id
WHERE u.environment <> r.environment
ORDER BY r.id;

UPDATE stockgroups.snapshots s
SET ref_ids = (
    SELECT array_agg(own.id ORDER BY m.place)
    FROM unnest(s.ref_ids) WITH ORDINALITY AS m (ref_id, place)
    JOIN stockgroups.refs r ON r.id = m.ref_id
    JOIN stockgroups.refs own ON own.fingerprint = r.fingerprint AND own.environment = g.environment
)
FROM stockgroups.group_registry g
WHERE g.id = s.group_id AND EXISTS (
    SELECT FROM unnest(s.ref_ids) AS m (ref_id)
    JOIN stockgroups.refs r ON r.id = m.ref_id
    WHERE r.environment <> g.environment
);

DROP TABLE stockgroups.ref_users;
ALTER TABLE stockgroups.refs
    ALTER COLUMN environment SET NOT NULL,
    ADD CONSTRAINT refs_fingerprint_environment_key UNIQUE (fingerprint, environment);

-- The audit: one row for each transaction that changed anything, written in that transaction.
-- `changes` has counts by group; `undoes` is the load that this one rolls back.
CREATE TABLE stockgroups.loads (
    id bigserial PRIMARY KEY,
    environment varchar(10) NOT NULL,
    kind text NOT NULL,
    started_at timestamptz NOT NULL,
    actor text NOT NULL,
    program text NOT NULL,
    target text NOT NULL,
    arguments jsonb NOT NULL,
    accepted text[] NOT NULL,
    changes jsonb NOT NULL,
    undoes bigint
);
CREATE INDEX loads_environment_id_idx ON stockgroups.loads (environment, id DESC);

-- NULL in snapshots that were recorded before this table existed.
ALTER TABLE stockgroups.snapshots ADD COLUMN load_id bigint;

-- One stock. `symbol` is its symbol of today, or its last one. Securities, their symbols and their
-- refs are computed from the refs of current snapshots, the symbol directories and the aliases.
-- They can be computed again at any time; the numbers stay.
CREATE TABLE stockgroups.securities (
    id serial PRIMARY KEY,
    environment varchar(10) NOT NULL,
    symbol varchar(50) NOT NULL
);
CREATE INDEX securities_symbol_environment_idx ON stockgroups.securities (symbol, environment);

-- valid_from <= day < valid_to; -infinity and infinity for open ends. On any day a symbol belongs
-- to at most one security.
CREATE TABLE stockgroups.security_symbols (
    environment varchar(10) NOT NULL,
    symbol varchar(50) NOT NULL,
    valid_from date NOT NULL,
    valid_to date NOT NULL,
    security_id integer NOT NULL,
    PRIMARY KEY (symbol, environment, valid_from),
    CHECK (valid_from < valid_to)
);
CREATE INDEX security_symbols_security_id_idx ON stockgroups.security_symbols (security_id);

-- Refs that are another security than the one with their symbol on those days: a file that still
-- uses an old ticker, a compact spelling, a ticker that two companies used. The rows of a ref cover
-- all days.
CREATE TABLE stockgroups.security_refs (
    ref_id integer NOT NULL,
    valid_from date NOT NULL,
    valid_to date NOT NULL,
    security_id integer NOT NULL,
    PRIMARY KEY (ref_id, valid_from),
    CHECK (valid_from < valid_to)
);
CREATE INDEX security_refs_security_id_idx ON stockgroups.security_refs (security_id);

-- The security that a ref is on a day.
CREATE VIEW stockgroups.ref_meanings AS
SELECT ref_id, security_id, valid_from, valid_to
FROM stockgroups.security_refs
UNION ALL
SELECT r.id, y.security_id, y.valid_from, y.valid_to
FROM stockgroups.refs r
JOIN stockgroups.security_symbols y ON y.symbol = r.symbol AND y.environment = r.environment
WHERE NOT EXISTS (SELECT FROM stockgroups.security_refs x WHERE x.ref_id = r.id);

-- The intervals in which securities were in groups (by registry number), in as-of dates.
CREATE TABLE stockgroups.membership_history (
    group_id integer NOT NULL,
    security_id integer NOT NULL,
    valid_from date NOT NULL,
    valid_to date NOT NULL,
    PRIMARY KEY (group_id, security_id, valid_from)
);
CREATE INDEX membership_history_security_id_group_id_idx
    ON stockgroups.membership_history (security_id, group_id);

-- From `effective` on, the stock with old_symbol has new_symbol; NULL if old_symbol was freed
-- without a successor. `origin` is "catalog" for shipped or user catalogues, "user" for what a user
-- confirmed.
CREATE TABLE stockgroups.aliases (
    environment varchar(10) NOT NULL,
    old_symbol varchar(50) NOT NULL,
    effective date NOT NULL,
    new_symbol varchar(50),
    source text NOT NULL,
    origin text NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (environment, old_symbol, effective)
);

-- A user's decision about a stock's sector applies from decided_on; sector NULL withdraws it.
CREATE TABLE stockgroups.sector_overrides (
    environment varchar(10) NOT NULL,
    symbol varchar(50) NOT NULL,
    decided_on date NOT NULL,
    sector varchar(100),
    industry text,
    reason text NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (environment, symbol, decided_on)
);

-- Rows of cache_entries that were archived after the migration of their groups.
CREATE TABLE stockgroups.archived_entries (
    id bigint PRIMARY KEY,
    type varchar(100) NOT NULL,
    name varchar(255),
    key varchar(255) NOT NULL,
    value jsonb,
    environment varchar(10),
    created_at timestamptz,
    updated_at timestamptz,
    archived_at timestamptz NOT NULL DEFAULT now(),
    load_id bigint
);

-- A digest of the inputs of the last identity computation; NULL: it has to be computed.
ALTER TABLE stockgroups.env_state ADD COLUMN identity text;
