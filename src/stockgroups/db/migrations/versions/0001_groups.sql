-- The record, in our own schema. The tables in `public` are projections of it; shared_tables.sql
-- creates or adopts them first.

-- A group's permanent number. It comes from the sequence of definition_groups, so numbers of our
-- groups and of other programs' groups cannot collide. If a group is deleted, its row stays; if it
-- is created again, it gets the same number and so keeps its history. snapshot_id is the snapshot
-- behind its memberships. member_hash is a hash of the memberships as written, to detect changes by
-- other programs without reading them one by one.
CREATE TABLE stockgroups.group_registry (
    id integer PRIMARY KEY
        DEFAULT nextval(pg_get_serial_sequence('public.definition_groups', 'id')),
    environment varchar(10) NOT NULL,
    type varchar(50) NOT NULL,
    name varchar(100) NOT NULL,
    snapshot_id bigint,
    member_hash bigint,
    UNIQUE (environment, type, name)
);

-- Instruments as sources reported them; append-only. `symbol` is the canonical spelling.
-- `fingerprint` is a hash of the whole report: one row for the same report, however often it is
-- read.
CREATE TABLE stockgroups.refs (
    id serial PRIMARY KEY,
    fingerprint uuid NOT NULL UNIQUE,
    symbol varchar(50) NOT NULL,
    ticker text,
    name text,
    cusip text,
    isin text,
    sedol text,
    figi text,
    exchange text,
    country text,
    currency text
);

-- What one source reported about one group for one date; immutable. A row with ref_ids NULL
-- retracts the date. The arrays are parallel. sector_codes and industry_codes are positions, from
-- 1, in the arrays of labels; 0 means no label.
CREATE TABLE stockgroups.snapshots (
    id bigserial NOT NULL,
    group_id integer NOT NULL,
    as_of date NOT NULL,
    recorded_at timestamptz NOT NULL,
    source text NOT NULL,
    file_name text,
    sha256 bytea NOT NULL,
    reader text NOT NULL,
    issuer text,
    is_proxy boolean NOT NULL,
    net_assets double precision,
    receipt jsonb,
    digest uuid NOT NULL,
    member_count integer NOT NULL,
    ref_ids integer[],
    weights double precision[],
    shares double precision[],
    sector_labels text[],
    sector_codes smallint[],
    industry_labels text[],
    industry_codes smallint[],
    PRIMARY KEY (group_id, id)
);
-- Arrays of doubles and of scattered numbers do not compress: the attempt costs a tenth of a load.
ALTER TABLE stockgroups.snapshots
    ALTER COLUMN ref_ids SET STORAGE EXTERNAL,
    ALTER COLUMN weights SET STORAGE EXTERNAL,
    ALTER COLUMN shares SET STORAGE EXTERNAL;
CREATE INDEX snapshots_group_id_is_proxy_as_of_id_idx
    ON stockgroups.snapshots (group_id, is_proxy, as_of DESC, id DESC);
CREATE INDEX snapshots_sha256_idx ON stockgroups.snapshots (sha256);

-- One row an environment: the lock at which writers queue, and the version that readers compare.
CREATE TABLE stockgroups.env_state (
    environment varchar(10) PRIMARY KEY,
    version bigint NOT NULL DEFAULT 0
);
INSERT INTO stockgroups.env_state (environment)
VALUES ('DEFAULT'), ('TEST'), ('UAT'), ('PROD');
