-- The tables that other programs know, in `public`, and the record that they are projections of,
-- in our own schema. Tables that are there already, from an older SQL file, are adopted: every row,
-- id and key stays; what this program cannot do without is widened or added, without a rewrite.

CREATE SCHEMA IF NOT EXISTS stockgroups;

DO $adopt$
DECLARE
    known_types CONSTANT text[] := '{ETF,UNIVERSE,SECTOR,THEME,SEGMENT,CUSTOM}';
    old_check record;
    in_the_way text;
BEGIN
    -- Tables and columns that are there already are taken over as they are, where they can be.
    SELECT string_agg(format('%s is no table', c.oid::regclass), '; ' ORDER BY c.relname)
    INTO in_the_way
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind NOT IN ('r', 'p')
      AND c.relname IN ('definition_groups', 'group_memberships', 'cache_entries');
    IF in_the_way IS NULL THEN
        SELECT string_agg(
                   format('%s.%s is %s, not %s', w.tab, w.col,
                          coalesce(a.atttypid::regtype::text, 'missing'), w.types[1]),
                   '; ' ORDER BY w.place)
        INTO in_the_way
        FROM (VALUES
            (1, 'definition_groups', 'id', '{integer,bigint}'::text[], true),
            (2, 'definition_groups', 'name', '{character varying,text}', true),
            (3, 'definition_groups', 'type', '{character varying,text}', true),
            (4, 'definition_groups', 'environment', '{character varying,text}', true),
            (5, 'definition_groups', 'description', '{text,character varying}', false),
            (6, 'definition_groups', 'metadata', '{jsonb}', false),
            (7, 'definition_groups', 'liquidity_filter', '{jsonb}', false),
            (8, 'group_memberships', 'group_id', '{integer,bigint}', true),
            (9, 'group_memberships', 'symbol', '{character varying,text}', true),
            (10, 'group_memberships', 'weight', '{numeric}', false),
            (11, 'group_memberships', 'metadata', '{jsonb}', false),
            (12, 'cache_entries', 'id', '{integer,bigint}', true),
            (13, 'cache_entries', 'type', '{character varying,text}', true),
            (14, 'cache_entries', 'key', '{character varying,text}', true),
            (15, 'cache_entries', 'value', '{jsonb,json,text}', true)
        ) AS w (place, tab, col, types, is_needed)
        JOIN pg_class c ON c.relnamespace = 'public'::regnamespace AND c.relname = w.tab
        LEFT JOIN pg_attribute a
               ON a.attrelid = c.oid AND a.attname = w.col AND NOT a.attisdropped
        WHERE a.atttypid::regtype::text <> ALL (w.types) OR (a.attname IS NULL AND w.is_needed);
    END IF;
    IF in_the_way IS NOT NULL THEN
        RAISE EXCEPTION 'what is there cannot be taken over without a rewrite: %', in_the_way
            USING ERRCODE = 'feature_not_supported';
    END IF;

    IF to_regclass('public.definition_groups') IS NULL THEN
        -- Times and metadata may be null, as in older tables: programs write them so.
        CREATE TABLE public.definition_groups (
            id serial PRIMARY KEY,
            name varchar(100) NOT NULL,
            type varchar(50) NOT NULL
                CONSTRAINT definition_groups_type_check
                CHECK (type IN ('ETF', 'UNIVERSE', 'SECTOR', 'THEME', 'SEGMENT', 'CUSTOM')),
            description text,
            metadata jsonb DEFAULT '{}',
            liquidity_filter jsonb,
            environment varchar(10) NOT NULL DEFAULT 'DEFAULT'
                CONSTRAINT definition_groups_environment_check
                CHECK (environment IN ('DEFAULT', 'TEST', 'UAT', 'PROD')),
            created_at timestamptz DEFAULT now(),
            updated_at timestamptz DEFAULT now(),
            last_update timestamptz DEFAULT now(),
            CONSTRAINT definition_groups_name_type_environment_key
                UNIQUE (name, type, environment)
        );
    ELSE
        -- An older check of the types does not know UNIVERSE. What it admitted it still admits.
        FOR old_check IN
            SELECT c.conname, pg_get_expr(c.conbin, c.conrelid) AS admits
            FROM pg_constraint c
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attname = 'type'
            WHERE c.conrelid = 'public.definition_groups'::regclass
              AND c.contype = 'c'
              AND c.conkey = ARRAY[a.attnum]
              AND EXISTS (
                  SELECT FROM unnest(known_types) AS t (name)
                  WHERE pg_get_expr(c.conbin, c.conrelid) NOT LIKE '%''' || t.name || '''%'
              )
        LOOP
            EXECUTE format(
                'ALTER TABLE public.definition_groups DROP CONSTRAINT %1$I, '
                'ADD CONSTRAINT %1$I CHECK (type = ANY (%2$L::text[]) OR %3$s)',
                old_check.conname, known_types, old_check.admits
            );
        END LOOP;
        IF NOT EXISTS (
            SELECT FROM pg_index i
            WHERE i.indrelid = 'public.definition_groups'::regclass AND i.indisunique AND i.indpred IS NULL
              AND (SELECT array_agg(a.attname::text ORDER BY a.attname::text COLLATE "C")
                   FROM pg_attribute a
                   WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey))
                  = ARRAY['environment', 'name', 'type']
        ) THEN
            SELECT string_agg(format('%s %s in %s', type, name, environment), ', ')
            INTO in_the_way
            FROM (
                SELECT name, type, environment FROM public.definition_groups
                GROUP BY name, type, environment HAVING count(*) > 1 LIMIT 10
            ) twice;
            IF in_the_way IS NOT NULL THEN
                RAISE EXCEPTION 'definition_groups holds groups more than once: %; merge them, then '
                    'upgrade', in_the_way
                    USING ERRCODE = 'unique_violation';
            END IF;
            ALTER TABLE public.definition_groups
                ADD CONSTRAINT definition_groups_name_type_environment_key
                UNIQUE (name, type, environment);
        END IF;
        ALTER TABLE public.definition_groups
            ADD COLUMN IF NOT EXISTS description text,
            ADD COLUMN IF NOT EXISTS metadata jsonb DEFAULT '{}',
            ADD COLUMN IF NOT EXISTS liquidity_filter jsonb,
            ADD COLUMN IF NOT EXISTS created_at timestamptz DEFAULT now(),
            ADD COLUMN IF NOT EXISTS updated_at timestamptz DEFAULT now(),
            ADD COLUMN IF NOT EXISTS last_update timestamptz DEFAULT now();
        -- The numbers come from a sequence that the column owns; rows that were copied in with
        -- their numbers may lie ahead of it.
        IF pg_get_serial_sequence('public.definition_groups', 'id') IS NULL THEN
            CREATE SEQUENCE IF NOT EXISTS public.definition_groups_id_seq;
            ALTER SEQUENCE public.definition_groups_id_seq OWNED BY public.definition_groups.id;
            ALTER TABLE public.definition_groups
                ALTER COLUMN id SET DEFAULT nextval('public.definition_groups_id_seq');
        END IF;
        PERFORM setval(pg_get_serial_sequence('public.definition_groups', 'id'), max(id))
        FROM public.definition_groups
        HAVING max(id) > coalesce(
            pg_sequence_last_value(pg_get_serial_sequence('public.definition_groups', 'id')), 0);
    END IF;

    IF to_regclass('public.group_memberships') IS NULL THEN
        -- The key is the pair that everything asks by. A fill factor of 70 leaves room in each
        -- page for the daily change of every weight, so that those updates stay in place.
        CREATE TABLE public.group_memberships (
            id bigserial,
            group_id integer NOT NULL
                REFERENCES public.definition_groups (id) ON DELETE CASCADE,
            symbol varchar(50) NOT NULL,
            weight numeric
                CONSTRAINT group_memberships_weight_finite
                CHECK (weight NOT IN ('NaN', 'Infinity', '-Infinity')),
            metadata jsonb,
            added_at timestamptz DEFAULT now(),
            updated_at timestamptz DEFAULT now(),
            PRIMARY KEY (group_id, symbol)
        ) WITH (fillfactor = 70);
    ELSE
        SELECT string_agg(DISTINCT v.relname, ', ') INTO in_the_way
        FROM pg_depend d
        JOIN pg_rewrite w ON w.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
        JOIN pg_class v ON v.oid = w.ev_class
        JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.refobjid = 'public.group_memberships'::regclass
          AND a.attname = 'weight' AND a.atttypmod <> -1;
        IF in_the_way IS NOT NULL THEN
            RAISE EXCEPTION 'views read group_memberships.weight, which is to be widened: %; drop '
                'them, upgrade, and make them again', in_the_way
                USING ERRCODE = 'dependent_objects_still_exist';
        END IF;
        -- numeric(5,4) to numeric is a change of the catalogue alone: no row is rewritten.
        IF EXISTS (
            SELECT FROM pg_attribute
            WHERE attrelid = 'public.group_memberships'::regclass
              AND attname = 'weight' AND atttypmod <> -1
        ) THEN
            ALTER TABLE public.group_memberships ALTER COLUMN weight TYPE numeric;
        END IF;
        IF NOT EXISTS (
            SELECT FROM pg_index i
            WHERE i.indrelid = 'public.group_memberships'::regclass AND i.indisunique AND i.indpred IS NULL
              AND (SELECT array_agg(a.attname::text ORDER BY a.attname::text COLLATE "C")
                   FROM pg_attribute a
                   WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey))
                  = ARRAY['group_id', 'symbol']
        ) THEN
            SELECT string_agg(format('%s in group %s', symbol, group_id), ', ') INTO in_the_way
            FROM (
                SELECT group_id, symbol FROM public.group_memberships
                GROUP BY group_id, symbol HAVING count(*) > 1 LIMIT 10
            ) twice;
            IF in_the_way IS NOT NULL THEN
                RAISE EXCEPTION 'group_memberships holds members more than once: %; delete the '
                    'surplus, then upgrade', in_the_way
                    USING ERRCODE = 'unique_violation';
            END IF;
            ALTER TABLE public.group_memberships
                ADD CONSTRAINT group_memberships_group_id_symbol_key UNIQUE (group_id, symbol);
        END IF;
        ALTER TABLE public.group_memberships
            ADD COLUMN IF NOT EXISTS weight numeric,
            ADD COLUMN IF NOT EXISTS metadata jsonb,
            ADD COLUMN IF NOT EXISTS added_at timestamptz DEFAULT now(),
            ADD COLUMN IF NOT EXISTS updated_at timestamptz DEFAULT now();
        ALTER TABLE public.group_memberships
            ADD CONSTRAINT group_memberships_weight_finite
                CHECK (weight NOT IN ('NaN', 'Infinity', '-Infinity')) NOT VALID;
    END IF;
    -- An older one of the same columns, under whatever name, serves as well.
    IF NOT EXISTS (
        SELECT FROM pg_index i
        WHERE i.indrelid = 'public.group_memberships'::regclass AND i.indpred IS NULL
          AND pg_get_indexdef(i.indexrelid, 1, true) = 'symbol'
          AND pg_get_indexdef(i.indexrelid, 2, true) = 'group_id'
    ) THEN
        CREATE INDEX group_memberships_symbol_group_id_idx
            ON public.group_memberships (symbol, group_id);
    END IF;

    IF to_regclass('public.cache_entries') IS NULL THEN
        CREATE TABLE public.cache_entries (
            id bigserial PRIMARY KEY,
            type varchar(100) NOT NULL,
            name varchar(255) NOT NULL,
            key varchar(255) NOT NULL,
            value jsonb NOT NULL,
            environment varchar(10) NOT NULL DEFAULT 'DEFAULT',
            created_at timestamptz DEFAULT now(),
            updated_at timestamptz DEFAULT now(),
            CONSTRAINT cache_entries_type_key_environment_key UNIQUE (type, key, environment),
            -- Says no more, and lets programs name it in ON CONFLICT that know it from older tables.
            CONSTRAINT cache_entries_type_name_key_environment_key
                UNIQUE (type, name, key, environment)
        );
    ELSE
        ALTER TABLE public.cache_entries
            ADD COLUMN IF NOT EXISTS name varchar(255),
            ADD COLUMN IF NOT EXISTS environment varchar(10) DEFAULT 'DEFAULT',
            ADD COLUMN IF NOT EXISTS created_at timestamptz DEFAULT now(),
            ADD COLUMN IF NOT EXISTS updated_at timestamptz DEFAULT now();
    END IF;
END
$adopt$;

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
