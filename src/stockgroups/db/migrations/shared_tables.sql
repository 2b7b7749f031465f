-- The tables that other programs know, in `public`: created if missing, otherwise adopted. Rows,
-- numbers and keys stay; only what this program needs is widened or added, without a rewrite of the
-- table. Each upgrade runs this before the revisions, also on a current schema: other programs drop
-- these tables, create them again, or restore them from a dump without our schema. Notices of class
-- SG001 report the changes.

DO $adopt$
DECLARE
    known_types CONSTANT text[] := '{ETF,UNIVERSE,SECTOR,THEME,SEGMENT,CUSTOM}';
    old_check record;
    in_the_way text;
    advice text;
    one text;
    unnumbered bigint;
    highest bigint;
BEGIN
    -- Existing tables and columns are adopted as they are, if possible.
    SELECT string_agg(format('%s is no table', c.oid::regclass), '; ' ORDER BY c.relname)
    INTO in_the_way
    FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind NOT IN ('r', 'p')
      AND c.relname IN ('definition_groups', 'group_memberships', 'cache_entries');
    IF in_the_way IS NULL THEN
        SELECT string_agg(
                   format('%s.%s is %s, not %s', w.tab, w.col,
                          coalesce(a.atttypid::regtype::text, 'missing'), w.types[1]),
                   '; ' ORDER BY w.place),
               string_agg(
                   CASE WHEN a.attname IS NULL
                        THEN format('ALTER TABLE public.%I ADD COLUMN %I %s', w.tab, w.col,
                                    CASE w.col WHEN 'id' THEN 'serial' ELSE w.types[1] END)
                        ELSE format(
                            'ALTER TABLE public.%1$I %2$sALTER COLUMN %3$I TYPE %4$s USING %5$s::%4$s',
                            w.tab,
                            CASE WHEN a.atthasdef
                                 THEN format('ALTER COLUMN %I DROP DEFAULT, ', w.col) ELSE '' END,
                            w.col, w.types[1],
                            format(CASE WHEN a.atttypid = 'bytea'::regtype
                                        THEN 'convert_from(%I, ''UTF8'')' ELSE '%I' END, w.col))
                   END,
                   '; ' ORDER BY w.place)
                   FILTER (WHERE a.attname IS NULL OR w.types[1] IN ('jsonb', 'numeric', 'text'))
        INTO in_the_way, advice
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
            (15, 'cache_entries', 'value', '{jsonb}', true)
        ) AS w (place, tab, col, types, is_needed)
        JOIN pg_class c ON c.relnamespace = 'public'::regnamespace AND c.relname = w.tab
        LEFT JOIN pg_attribute a
               ON a.attrelid = c.oid AND a.attname = w.col AND NOT a.attisdropped
        WHERE a.atttypid::regtype::text <> ALL (w.types) OR (a.attname IS NULL AND w.is_needed);
    END IF;
    IF in_the_way IS NOT NULL THEN
        RAISE EXCEPTION 'the existing tables cannot be adopted without a rewrite: %; %', in_the_way,
            'change it first' || coalesce(': ' || advice, '')
            USING ERRCODE = 'feature_not_supported';
    END IF;
    -- Numbers identify rows, and a table without a key on them may have duplicates.
    FOREACH one IN ARRAY '{definition_groups,cache_entries}'::text[] LOOP
        CONTINUE WHEN to_regclass('public.' || one) IS NULL OR EXISTS (
            SELECT FROM pg_index i
            WHERE i.indrelid = to_regclass('public.' || one) AND i.indisprimary
              AND pg_get_indexdef(i.indexrelid, 1, true) = 'id' AND i.indnkeyatts = 1);
        EXECUTE format('SELECT count(*) - count(DISTINCT id) FROM public.%I', one) INTO unnumbered;
        IF unnumbered > 0 THEN
            RAISE EXCEPTION '% row(s) of % have no id; number them first%',
                unnumbered, one,
                CASE one WHEN 'cache_entries' THEN ': ALTER TABLE public.cache_entries DROP COLUMN id; '
                    'ALTER TABLE public.cache_entries ADD COLUMN id serial' ELSE '' END
                USING ERRCODE = 'unique_violation';
        END IF;
    END LOOP;

    IF to_regclass('public.definition_groups') IS NULL THEN
        -- Times and metadata may be NULL, as in older tables, because programs write NULL.
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
        RAISE NOTICE 'created the table definition_groups' USING ERRCODE = 'SG001';
    ELSE
        -- An older check of the types lacks UNIVERSE. Types that it allowed stay allowed.
        FOR old_check IN
            SELECT c.conname, pg_get_expr(c.conbin, c.conrelid) AS admits
            FROM pg_constraint c
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attname = 'type'
            WHERE c.conrelid = 'public.definition_groups'::regclass
              AND c.contype = 'c'
              AND c.conkey = ARRAY[a.attnum]
              AND EXISTS (
                  SELECT FROM unnest(known_types) AS t (name)
                  WHERE pg_get_expr(c.conbin, c.conrelid) !~ ('\m' || t.name || '\M')
              )
        LOOP
            EXECUTE format(
                'ALTER TABLE public.definition_groups DROP CONSTRAINT %1$I, '
                'ADD CONSTRAINT %1$I CHECK (type = ANY (%2$L::text[]) OR %3$s)',
                old_check.conname, known_types, old_check.admits
            );
            RAISE NOTICE 'widened the check of the types' USING ERRCODE = 'SG001';
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
        -- The column owns the sequence of its numbers.
        IF pg_get_serial_sequence('public.definition_groups', 'id') IS NULL THEN
            CREATE SEQUENCE IF NOT EXISTS public.definition_groups_id_seq;
            ALTER SEQUENCE public.definition_groups_id_seq OWNED BY public.definition_groups.id;
            ALTER TABLE public.definition_groups
                ALTER COLUMN id SET DEFAULT nextval('public.definition_groups_id_seq');
        END IF;
    END IF;
    -- This also covers deleted rows and a restarted sequence: the record keeps its numbers.
    IF to_regclass('stockgroups.group_registry') IS NOT NULL THEN
        SELECT max(id) INTO highest FROM stockgroups.group_registry;
    END IF;
    SELECT greatest(highest, max(id)) INTO highest FROM public.definition_groups;
    IF highest > coalesce(
        pg_sequence_last_value(pg_get_serial_sequence('public.definition_groups', 'id')::regclass), 0)
    THEN
        PERFORM setval(pg_get_serial_sequence('public.definition_groups', 'id'), highest);
        RAISE NOTICE 'set the numbers of groups to continue after %', highest USING ERRCODE = 'SG001';
    END IF;

    IF to_regclass('public.group_memberships') IS NULL THEN
        -- The primary key is the pair in most conditions. A fill factor of 70 leaves room in each
        -- page for the daily change of every weight, so those updates stay within the page.
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
        RAISE NOTICE 'created the table group_memberships' USING ERRCODE = 'SG001';
    ELSE
        SELECT string_agg(DISTINCT v.relname, ', ') INTO in_the_way
        FROM pg_depend d
        JOIN pg_rewrite w ON w.oid = d.objid AND d.classid = 'pg_rewrite'::regclass
        JOIN pg_class v ON v.oid = w.ev_class
        JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.refobjid = 'public.group_memberships'::regclass
          AND a.attname = 'weight' AND a.atttypmod <> -1;
        IF in_the_way IS NOT NULL THEN
            RAISE EXCEPTION 'views read group_memberships.weight, which must be widened: %; drop '
                'them, upgrade, and make them again', in_the_way
                USING ERRCODE = 'dependent_objects_still_exist';
        END IF;
        -- Changing numeric(5,4) to numeric changes the catalogue only: no row is rewritten.
        IF EXISTS (
            SELECT FROM pg_attribute
            WHERE attrelid = 'public.group_memberships'::regclass
              AND attname = 'weight' AND atttypmod <> -1
        ) THEN
            ALTER TABLE public.group_memberships ALTER COLUMN weight TYPE numeric;
            RAISE NOTICE 'widened group_memberships.weight to numeric' USING ERRCODE = 'SG001';
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
        IF NOT EXISTS (
            SELECT FROM pg_constraint
            WHERE conrelid = 'public.group_memberships'::regclass
              AND conname = 'group_memberships_weight_finite'
        ) THEN
            ALTER TABLE public.group_memberships
                ADD CONSTRAINT group_memberships_weight_finite
                    CHECK (weight NOT IN ('NaN', 'Infinity', '-Infinity')) NOT VALID;
        END IF;
    END IF;
    -- An older index on the same columns, under any name, serves as well.
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
        -- As wide as the older table: older programs write environments of eleven characters, and
        -- several entries under one key.
        CREATE TABLE public.cache_entries (
            id bigserial PRIMARY KEY,
            type varchar(100) NOT NULL,
            name varchar(255) NOT NULL,
            key varchar(255) NOT NULL,
            value jsonb,
            environment varchar(50) DEFAULT 'DEFAULT',
            created_at timestamptz DEFAULT now(),
            updated_at timestamptz DEFAULT now(),
            CONSTRAINT cache_entries_type_name_key_environment_key
                UNIQUE (type, name, key, environment)
        );
        RAISE NOTICE 'created the table cache_entries' USING ERRCODE = 'SG001';
    ELSE
        ALTER TABLE public.cache_entries
            ADD COLUMN IF NOT EXISTS name varchar(255),
            ADD COLUMN IF NOT EXISTS environment varchar(10) DEFAULT 'DEFAULT',
            ADD COLUMN IF NOT EXISTS created_at timestamptz DEFAULT now(),
            ADD COLUMN IF NOT EXISTS updated_at timestamptz DEFAULT now();
        -- A table with both keys was created by an earlier version of this program, narrower than
        -- today's.
        IF (SELECT count(*) FROM pg_constraint
            WHERE conrelid = 'public.cache_entries'::regclass
              AND conname IN ('cache_entries_type_key_environment_key',
                              'cache_entries_type_name_key_environment_key')) = 2
        THEN
            ALTER TABLE public.cache_entries
                DROP CONSTRAINT cache_entries_type_key_environment_key,
                ALTER COLUMN value DROP NOT NULL,
                ALTER COLUMN environment DROP NOT NULL,
                ALTER COLUMN environment TYPE varchar(50);
        END IF;
    END IF;
    -- Look-ups of stocks use type and key.
    IF NOT EXISTS (
        SELECT FROM pg_index i
        WHERE i.indrelid = 'public.cache_entries'::regclass AND i.indpred IS NULL
          AND ((pg_get_indexdef(i.indexrelid, 1, true) = 'type'
                AND pg_get_indexdef(i.indexrelid, 2, true) = 'key')
               OR pg_get_indexdef(i.indexrelid, 1, true) = 'key')
    ) THEN
        CREATE INDEX cache_entries_type_key_environment_idx
            ON public.cache_entries (type, key, environment);
    END IF;
END
$adopt$;
