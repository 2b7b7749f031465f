-- The record that the tables in `public` are projections of, in our own schema. The tables that other
-- programs know are made or adopted by shared_tables.sql, before.

-- A group's permanent number. It is taken from the sequence of definition_groups, so that the
-- numbers of groups made here and of groups made by other programs never meet; deleting a group
-- leaves its line, and making it again takes the number back, so that its past is found.
-- snapshot_id is the snapshot that its memberships are the projection of, member_hash a hash of
-- them as they were written, by which a change from outside is noticed without reading them all.
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

-- Instruments as sources printed them; append-only. `symbol` is the canonical spelling of the
-- print. `fingerprint` is a hash of all of it: one row for one print, however often it is read.
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

-- What one source said about one group on one date; never changed once written. ref_ids null
-- takes the date back. The arrays run in parallel; sector_codes counts from 1 into sector_labels,
-- 0 where the source printed none, and so do the industries.
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
-- Arrays of doubles and of scattered numbers do not compress: trying costs a tenth of a load.
ALTER TABLE stockgroups.snapshots
    ALTER COLUMN ref_ids SET STORAGE EXTERNAL,
    ALTER COLUMN weights SET STORAGE EXTERNAL,
    ALTER COLUMN shares SET STORAGE EXTERNAL;
CREATE INDEX snapshots_group_id_is_proxy_as_of_id_idx
    ON stockgroups.snapshots (group_id, is_proxy, as_of DESC, id DESC);
CREATE INDEX snapshots_sha256_idx ON stockgroups.snapshots (sha256);

-- One row an environment: the lock that writers queue at, and the version that readers compare.
CREATE TABLE stockgroups.env_state (
    environment varchar(10) PRIMARY KEY,
    version bigint NOT NULL DEFAULT 0
);
INSERT INTO stockgroups.env_state (environment)
VALUES ('DEFAULT'), ('TEST'), ('UAT'), ('PROD');
