-- Snapshots with their members, under one name in every layout (see db/layout): the members are columns of
-- `snapshots`; or rows of `snapshot_members`, which is partitioned by year; or rows of
-- `distributed_members`, which Citus distributes over servers. Statements that read or write members use
-- the view; statements that know which snapshots they read use the functions below, which ask each server
-- once; statements that need no members use `snapshots`. A revision that adds a column to one of the
-- tables adds it here, at the end, and runs this file.
DO $layout$
DECLARE
    members CONSTANT text := CASE
        WHEN to_regprocedure('stockgroups.members_of(integer, bigint)') IS NOT NULL THEN 'distributed_members'
        WHEN to_regclass('stockgroups.snapshot_members') IS NOT NULL THEN 'snapshot_members'
    END;
    is_distributed CONSTANT boolean := members IS NOT DISTINCT FROM 'distributed_members';
    other text;
    granted record;
BEGIN
    IF is_distributed THEN
        -- Views, functions and triggers on local tables belong to this server alone.
        PERFORM set_config('citus.enable_ddl_propagation', 'off', true);
    END IF;
    -- A transaction that took its snapshot before the members moved finds none where they are now. The
    -- view below refuses to answer it; `ask_again` (db/transactions) asks in a new transaction. The function
    -- that refuses is made anew here: so whoever does not see its row in the catalog, began before.
    IF to_regprocedure('stockgroups.refuse_older_transaction()') IS NOT NULL THEN
        ALTER FUNCTION stockgroups.refuse_older_transaction() RENAME TO refuse_older_transaction_before;
    END IF;
    CREATE FUNCTION stockgroups.refuse_older_transaction() RETURNS boolean
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $body$
    BEGIN
        RAISE EXCEPTION 'the members of snapshots have moved since this transaction began'
            USING ERRCODE = 'serialization_failure', HINT = 'run it again, in a new transaction';
    END
    $body$;
    EXECUTE format(
        'CREATE OR REPLACE VIEW stockgroups.full_snapshots AS '
        'SELECT s.group_id, s.id, %2$s.as_of, s.recorded_at, s.published_on, s.source, s.file_name, '
        's.sha256, s.reader, s.issuer, s.is_proxy, s.is_retraction, s.net_assets, s.receipt, s.digest, '
        's.member_count, s.sector_labels, s.load_id, %1$s.ref_ids, %1$s.weights, %1$s.shares, '
        '%1$s.sector_codes, %1$s.industry_labels, %1$s.industry_codes, %1$s.member_metadata '
        'FROM stockgroups.snapshots s %3$s '
        'WHERE CASE WHEN EXISTS ('
        'SELECT FROM pg_catalog.pg_proc '
        'WHERE oid = ''stockgroups.refuse_older_transaction()''::regprocedure'
        ') THEN true ELSE stockgroups.refuse_older_transaction() END',
        CASE WHEN members IS NULL THEN 's' ELSE 'm' END,
        -- The date selects the partition.
        CASE members WHEN 'snapshot_members' THEN 'm' ELSE 's' END,
        CASE members
            WHEN 'snapshot_members' THEN 'JOIN stockgroups.snapshot_members m '
                'ON m.as_of = s.as_of AND m.group_id = s.group_id AND m.snapshot_id = s.id'
            WHEN 'distributed_members' THEN 'CROSS JOIN LATERAL stockgroups.members_of(s.group_id, s.id) m'
            ELSE ''
        END
    );
    COMMENT ON VIEW stockgroups.full_snapshots IS 'Snapshots with their members';
    DROP FUNCTION IF EXISTS stockgroups.refuse_older_transaction_before();
    -- Questions about many snapshots, given by group, number and date, each once; the rows are in any order.
    -- - `members_in` returns their members; columns that are not requested may be NULL.
    -- - `positions_in` returns at least the positions of some refs (NULL: of all) in each of them, in the
    --   source's order.
    -- - `hashes_in` returns the number of their members and a hash of the refs, whatever their order.
    -- - `refs_in` returns which refs they hold on each date: the bit b of page p stands for the ref 64 p + b.
    IF is_distributed THEN
        -- Of forms that Citus sends to its servers as they are: each looks up its own snapshots, and
        -- returns one row for each of them; or, in `refs_in`, one for each date and page of all of them,
        -- which are combined here. Each question is planned for its own parameters, so only the requested
        -- columns travel. A missing row fails as in `members_of`.
        CREATE OR REPLACE FUNCTION stockgroups.check_found(
            of_groups integer[], of_snapshots bigint[], returned bigint
        ) RETURNS void
        LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $body$
        DECLARE
            wanted CONSTANT bigint := (
                SELECT count(*) FROM (SELECT DISTINCT * FROM unnest(of_groups, of_snapshots)) w
            );
        BEGIN
            IF returned <> wanted THEN
                RAISE EXCEPTION
                    'the members of % of % snapshots are not on their servers (not yet, or no longer)',
                    wanted - returned, wanted
                    USING ERRCODE = 'serialization_failure', HINT =
                    'try again; if this persists, that server has lost rows: restore its backup';
            END IF;
        END
        $body$;
        CREATE OR REPLACE FUNCTION stockgroups.members_in(
            of_groups integer[], of_snapshots bigint[], of_dates date[], of_columns text[]
        ) RETURNS TABLE (
            group_id integer, snapshot_id bigint, as_of date, ref_ids integer[],
            weights double precision[], shares double precision[], sector_codes smallint[],
            industry_labels text[], industry_codes smallint[], member_metadata jsonb
        )
        LANGUAGE plpgsql STABLE COST 100000
        SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $body$
        DECLARE
            returned bigint;
        BEGIN
            RETURN QUERY
            SELECT m.group_id, m.snapshot_id, m.as_of,
                   CASE WHEN 'ref_ids' = ANY (of_columns) THEN m.ref_ids END,
                   CASE WHEN 'weights' = ANY (of_columns) THEN m.weights END,
                   CASE WHEN 'shares' = ANY (of_columns) THEN m.shares END,
                   CASE WHEN 'sector_codes' = ANY (of_columns) THEN m.sector_codes END,
                   CASE WHEN 'industry_labels' = ANY (of_columns) THEN m.industry_labels END,
                   CASE WHEN 'industry_codes' = ANY (of_columns) THEN m.industry_codes END,
                   CASE WHEN 'member_metadata' = ANY (of_columns) THEN m.member_metadata END
            FROM stockgroups.distributed_members m
            WHERE m.group_id = ANY (of_groups) AND m.snapshot_id = ANY (of_snapshots);
            GET DIAGNOSTICS returned = ROW_COUNT;
            PERFORM stockgroups.check_found(of_groups, of_snapshots, returned);
        END
        $body$;
        CREATE OR REPLACE FUNCTION stockgroups.positions_in(
            of_groups integer[], of_snapshots bigint[], of_dates date[], of_refs integer[]
        ) RETURNS TABLE (
            group_id integer, snapshot_id bigint, as_of date, ref_ids integer[],
            weights double precision[], shares double precision[]
        )
        LANGUAGE plpgsql STABLE COST 100000
        SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $body$
        DECLARE
            returned bigint;
        BEGIN
            RETURN QUERY
            SELECT m.group_id, m.snapshot_id, m.as_of, array_agg(p.ref_id ORDER BY p.place),
                   array_agg(p.weight ORDER BY p.place), array_agg(p.shares ORDER BY p.place)
            FROM stockgroups.distributed_members m
            LEFT JOIN LATERAL unnest(m.ref_ids, m.weights, m.shares)
                      WITH ORDINALITY AS p (ref_id, weight, shares, place)
                   ON of_refs IS NULL OR p.ref_id = ANY (of_refs)
            WHERE m.group_id = ANY (of_groups) AND m.snapshot_id = ANY (of_snapshots)
            GROUP BY m.group_id, m.snapshot_id, m.as_of;
            GET DIAGNOSTICS returned = ROW_COUNT;
            PERFORM stockgroups.check_found(of_groups, of_snapshots, returned);
        END
        $body$;
        CREATE OR REPLACE FUNCTION stockgroups.hashes_in(
            of_groups integer[], of_snapshots bigint[], of_dates date[]
        ) RETURNS TABLE (group_id integer, snapshot_id bigint, members bigint, hash bigint)
        LANGUAGE plpgsql STABLE COST 100000
        SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $body$
        DECLARE
            returned bigint;
        BEGIN
            RETURN QUERY
            SELECT m.group_id, m.snapshot_id, count(p.ref_id),
                   coalesce(bit_xor(hashint4extended(p.ref_id, 0)), 0)
            FROM stockgroups.distributed_members m
            LEFT JOIN LATERAL unnest(m.ref_ids) AS p (ref_id) ON true
            WHERE m.group_id = ANY (of_groups) AND m.snapshot_id = ANY (of_snapshots)
            GROUP BY m.group_id, m.snapshot_id;
            GET DIAGNOSTICS returned = ROW_COUNT;
            PERFORM stockgroups.check_found(of_groups, of_snapshots, returned);
        END
        $body$;
        CREATE OR REPLACE FUNCTION stockgroups.refs_in(
            of_groups integer[], of_snapshots bigint[], of_dates date[]
        ) RETURNS TABLE (as_of date, page integer, bits bigint)
        LANGUAGE plpgsql STABLE COST 100000
        SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_custom_plan AS $body$
        DECLARE
            found bigint;
            returned bigint := 0;
        BEGIN
            FOR as_of, page, bits, found IN
                SELECT m.as_of, p.ref_id / 64, bit_or(1::bigint << (p.ref_id % 64)),
                       count(*) FILTER (WHERE coalesce(p.place, 1) = 1)
                FROM stockgroups.distributed_members m
                LEFT JOIN LATERAL unnest(m.ref_ids) WITH ORDINALITY AS p (ref_id, place) ON true
                WHERE m.group_id = ANY (of_groups) AND m.snapshot_id = ANY (of_snapshots)
                GROUP BY m.as_of, p.ref_id / 64
            LOOP
                returned := returned + found;
                RETURN NEXT;
            END LOOP;
            PERFORM stockgroups.check_found(of_groups, of_snapshots, returned);
        END
        $body$;
    ELSE
        -- In SQL, so that the planner inlines them. OFFSET 0: look up one snapshot at a time, so the
        -- cost does not grow with the record. Arrays that need no LATERAL are unnested beside SELECT,
        -- because in FROM the server would store all elements first.
        EXECUTE $function$
            CREATE OR REPLACE FUNCTION stockgroups.members_in(
                of_groups integer[], of_snapshots bigint[], of_dates date[], of_columns text[]
            ) RETURNS TABLE (
                group_id integer, snapshot_id bigint, as_of date, ref_ids integer[],
                weights double precision[], shares double precision[], sector_codes smallint[],
                industry_labels text[], industry_codes smallint[], member_metadata jsonb
            )
            LANGUAGE sql STABLE PARALLEL SAFE
            BEGIN ATOMIC
                SELECT w.group_id, w.id, w.as_of, m.ref_ids, m.weights, m.shares, m.sector_codes,
                       m.industry_labels, m.industry_codes, m.member_metadata
                FROM unnest(of_groups, of_snapshots, of_dates) AS w (group_id, id, as_of)
                CROSS JOIN LATERAL (
                    SELECT s.ref_ids, s.weights, s.shares, s.sector_codes, s.industry_labels,
                           s.industry_codes, s.member_metadata
                    FROM stockgroups.full_snapshots s
                    WHERE s.group_id = w.group_id AND s.id = w.id AND s.as_of = w.as_of
                    OFFSET 0
                ) m;
            END
        $function$;
        -- For few refs, only snapshots with one of them. (The server compares each with each.)
        EXECUTE $function$
            CREATE OR REPLACE FUNCTION stockgroups.positions_in(
                of_groups integer[], of_snapshots bigint[], of_dates date[], of_refs integer[]
            ) RETURNS TABLE (
                group_id integer, snapshot_id bigint, as_of date, ref_ids integer[],
                weights double precision[], shares double precision[]
            )
            LANGUAGE sql STABLE PARALLEL SAFE
            BEGIN ATOMIC
                SELECT m.group_id, m.snapshot_id, m.as_of, m.ref_ids, m.weights, m.shares
                FROM stockgroups.members_in(
                    of_groups, of_snapshots, of_dates, '{ref_ids, weights, shares}'
                ) m
                WHERE of_refs IS NULL OR cardinality(of_refs) > 20 OR m.ref_ids && of_refs;
            END
        $function$;
        EXECUTE $function$
            CREATE OR REPLACE FUNCTION stockgroups.hashes_in(
                of_groups integer[], of_snapshots bigint[], of_dates date[]
            ) RETURNS TABLE (group_id integer, snapshot_id bigint, members bigint, hash bigint)
            LANGUAGE sql STABLE PARALLEL SAFE
            BEGIN ATOMIC
                SELECT m.group_id, m.snapshot_id, coalesce(cardinality(m.ref_ids), 0)::bigint, h.hash
                FROM stockgroups.members_in(of_groups, of_snapshots, of_dates, '{ref_ids}') m
                LEFT JOIN LATERAL (
                    SELECT coalesce(bit_xor(hashint4extended(p.ref_id, 0)), 0) AS hash
                    FROM (SELECT unnest(m.ref_ids) AS ref_id) p
                ) h ON true;
            END
        $function$;
        EXECUTE $function$
            CREATE OR REPLACE FUNCTION stockgroups.refs_in(
                of_groups integer[], of_snapshots bigint[], of_dates date[]
            ) RETURNS TABLE (as_of date, page integer, bits bigint)
            LANGUAGE sql STABLE PARALLEL SAFE
            BEGIN ATOMIC
                SELECT p.as_of, p.ref_id / 64, bit_or(1::bigint << (p.ref_id % 64))
                FROM (
                    SELECT m.as_of, unnest(m.ref_ids) AS ref_id
                    FROM stockgroups.members_in(of_groups, of_snapshots, of_dates, '{ref_ids}') m
                ) p
                GROUP BY p.as_of, p.ref_id / 64;
            END
        $function$;
        DROP FUNCTION IF EXISTS stockgroups.check_found(integer[], bigint[], bigint);
    END IF;
    IF members IS NULL THEN
        DROP TRIGGER IF EXISTS add_full_snapshot ON stockgroups.full_snapshots;
        DROP FUNCTION IF EXISTS stockgroups.add_full_snapshot();
    ELSE
        -- A row that is inserted into the view goes to both tables. So the statements that write are the
        -- same in every layout.
        EXECUTE format($function$
            CREATE OR REPLACE FUNCTION stockgroups.add_full_snapshot() RETURNS trigger
            LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
            BEGIN
                NEW.id := coalesce(NEW.id, nextval(pg_get_serial_sequence('stockgroups.snapshots', 'id')));
                NEW.is_retraction := NEW.ref_ids IS NULL;
                INSERT INTO stockgroups.snapshots (
                    group_id, id, as_of, recorded_at, published_on, source, file_name, sha256, reader, issuer,
                    is_proxy, is_retraction, net_assets, receipt, digest, member_count, sector_labels, load_id
                ) VALUES (
                    NEW.group_id, NEW.id, NEW.as_of, NEW.recorded_at, NEW.published_on, NEW.source,
                    NEW.file_name, NEW.sha256, NEW.reader, NEW.issuer, NEW.is_proxy, NEW.is_retraction,
                    NEW.net_assets, NEW.receipt, NEW.digest, NEW.member_count, NEW.sector_labels, NEW.load_id
                );
                INSERT INTO stockgroups.%I (
                    group_id, snapshot_id, as_of, ref_ids, weights, shares, sector_codes, industry_labels,
                    industry_codes, member_metadata
                ) VALUES (
                    NEW.group_id, NEW.id, NEW.as_of, NEW.ref_ids, NEW.weights, NEW.shares, NEW.sector_codes,
                    NEW.industry_labels, NEW.industry_codes, NEW.member_metadata
                );
                RETURN NEW;
            END
            $body$
        $function$, members);
        CREATE OR REPLACE TRIGGER add_full_snapshot INSTEAD OF INSERT ON stockgroups.full_snapshots
            FOR EACH ROW EXECUTE FUNCTION stockgroups.add_full_snapshot();
    END IF;
    IF is_distributed THEN
        -- Between two servers no foreign key can remove the members of a deleted snapshot.
        CREATE OR REPLACE FUNCTION stockgroups.remove_members() RETURNS trigger
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
        DECLARE
            groups integer[];
            ids bigint[];
        BEGIN
            SELECT array_agg(DISTINCT r.group_id), array_agg(r.id) INTO groups, ids FROM removed r;
            IF ids IS NOT NULL THEN
                DELETE FROM stockgroups.distributed_members m
                WHERE m.group_id = ANY (groups) AND m.snapshot_id = ANY (ids);
            END IF;
            RETURN NULL;
        END
        $body$;
        CREATE OR REPLACE TRIGGER remove_members AFTER DELETE ON stockgroups.snapshots
            REFERENCING OLD TABLE AS removed
            FOR EACH STATEMENT EXECUTE FUNCTION stockgroups.remove_members();
        PERFORM set_config('citus.enable_ddl_propagation', 'on', true);
    ELSE
        DROP TRIGGER IF EXISTS remove_members ON stockgroups.snapshots;
        DROP FUNCTION IF EXISTS stockgroups.remove_members();
    END IF;
    -- Roles have the same rights on the view and on the tables of members as on snapshots.
    FOREACH other IN ARRAY '{full_snapshots,snapshot_members,distributed_members}'::text[] LOOP
        FOR granted IN
            SELECT a.privilege_type, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS role
            FROM pg_class c
            CROSS JOIN aclexplode(c.relacl) a
            JOIN pg_class o ON o.oid = to_regclass('stockgroups.' || other)
            WHERE c.oid = 'stockgroups.snapshots'::regclass AND a.grantee <> c.relowner
              AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
              AND NOT EXISTS (
                  SELECT FROM aclexplode(o.relacl) h
                  WHERE h.grantee = a.grantee AND h.privilege_type = a.privilege_type
              )
        LOOP
            EXECUTE format('GRANT %s ON stockgroups.%I TO %s', granted.privilege_type, other, granted.role);
        END LOOP;
    END LOOP;
END
$layout$;

CREATE OR REPLACE VIEW stockgroups.holdings AS
SELECT r.environment, r.type, r.name AS group_name,
       coalesce(s.symbol, f.symbol) AS symbol, f.symbol AS reported_symbol, f.name,
       u.weight, u.shares, f.cusip, f.isin, f.sedol, f.figi, f.exchange, f.country, f.currency,
       c.as_of, c.source, c.is_proxy, c.file_name, c.recorded_at,
       r.id AS group_id, s.id AS security_id, c.id AS snapshot_id, c.published_on
FROM stockgroups.group_registry r
JOIN stockgroups.full_snapshots c ON c.group_id = r.id AND c.id = r.snapshot_id
CROSS JOIN LATERAL unnest(c.ref_ids, c.weights, c.shares) AS u (ref_id, weight, shares)
JOIN stockgroups.refs f ON f.id = u.ref_id
LEFT JOIN stockgroups.ref_securities x
       ON x.ref_id = f.id AND x.valid_from <= c.as_of AND c.as_of < x.valid_to
LEFT JOIN stockgroups.securities s ON s.id = x.security_id;

-- The positions of stocks with some symbols of today (NULL: of all stocks) in many snapshots of an
-- environment, each once. See positions_of.
CREATE OR REPLACE FUNCTION stockgroups.stocks_in(
    of_groups integer[], of_snapshots bigint[], of_dates date[], of_environment text,
    of_symbols text[]
)
RETURNS TABLE (group_id integer, symbol varchar, weight double precision)
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT p.group_id, coalesce(c.symbol, f.symbol), p.weight
    FROM (
        -- What several snapshots of one date report alike is looked up once.
        SELECT m.ref_id, s.as_of, array_agg(s.group_id) AS groups, array_agg(m.weight) AS weights
        FROM (
            -- Of more stocks, most positions are wanted.
            SELECT CASE WHEN cardinality(of_symbols) <= 500 THEN ARRAY(
                SELECT r.ref_id
                FROM stockgroups.securities c
                JOIN stockgroups.ref_securities r ON r.security_id = c.id
                WHERE c.environment = of_environment AND c.symbol = ANY (of_symbols)
                UNION
                SELECT f.id FROM stockgroups.refs f
                WHERE f.environment = of_environment AND f.symbol = ANY (of_symbols)
            ) END AS ref_ids
            OFFSET 0
        ) w
        CROSS JOIN LATERAL stockgroups.positions_in(of_groups, of_snapshots, of_dates, w.ref_ids) s
        CROSS JOIN LATERAL unnest(s.ref_ids, s.weights) AS m (ref_id, weight)
        GROUP BY m.ref_id, s.as_of
    ) s
    JOIN stockgroups.refs f ON f.id = s.ref_id
    LEFT JOIN stockgroups.ref_securities r
           ON r.ref_id = f.id AND r.valid_from <= s.as_of AND s.as_of < r.valid_to
    LEFT JOIN stockgroups.securities c ON c.id = r.security_id
    CROSS JOIN LATERAL unnest(s.groups, s.weights) AS p (group_id, weight)
    WHERE coalesce(c.symbol, f.symbol) IS NOT NULL
      AND (of_symbols IS NULL OR coalesce(c.symbol, f.symbol) = ANY (of_symbols));
END;
