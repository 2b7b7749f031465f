-- The structure of the tables, read from the server's catalogue so that a scratch database can have
-- the same.

-- name: list_tables
-- A partitioned table is copied as one table.
SELECT c.oid::int, n.nspname, c.relname
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND (n.nspname = 'stockgroups'
       OR (n.nspname = 'public'
           AND c.relname IN ('definition_groups', 'group_memberships', 'cache_entries')))
ORDER BY n.nspname, c.relname

-- name: list_columns
SELECT a.attrelid::int, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       pg_get_expr(d.adbin, d.adrelid), a.attidentity <> '', a.attgenerated <> ''
FROM pg_attribute a
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ANY (%(tables)s::oid[]) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum

-- name: list_sequences
-- Sequences that the tables' columns own, with their types and current values.
SELECT d.refobjid::int, a.attname, format('%%I.%%I', n.nspname, s.relname), q.data_type::text,
       coalesce(q.last_value, q.start_value), q.last_value IS NOT NULL, a.attidentity <> ''
FROM pg_class s
JOIN pg_namespace n ON n.oid = s.relnamespace
JOIN pg_depend d ON d.objid = s.oid AND d.classid = 'pg_class'::regclass
                AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
JOIN pg_sequences q ON q.schemaname = n.nspname AND q.sequencename = s.relname
WHERE s.relkind = 'S' AND d.refobjid = ANY (%(tables)s::oid[])

-- name: list_constraints
-- Keys before foreign keys. Foreign keys to tables that are not copied are omitted.
SELECT conrelid::int, conname, pg_get_constraintdef(oid)
FROM pg_constraint
WHERE conrelid = ANY (%(tables)s::oid[]) AND contype IN ('p', 'u', 'c', 'f')
  AND (confrelid = 0 OR confrelid = ANY (%(tables)s::oid[]))
ORDER BY contype = 'f', conrelid, conname

-- name: list_indexes
SELECT pg_get_indexdef(i.indexrelid)
FROM pg_index i
WHERE i.indrelid = ANY (%(tables)s::oid[])
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid)
ORDER BY i.indexrelid

-- name: list_functions
-- The functions of a language, each after the functions that it calls: a replaced function keeps its
-- number, and may call one that was created later.
WITH RECURSIVE own AS (
    SELECT p.oid
    FROM pg_proc p
    JOIN pg_namespace n ON n.oid = p.pronamespace
    JOIN pg_language l ON l.oid = p.prolang
    WHERE n.nspname = 'stockgroups' AND p.prokind = 'f' AND l.lanname = %(language)s
), ranked (oid, rank) AS (
    SELECT o.oid, 0 FROM own o
    UNION ALL
    SELECT o.oid, r.rank + 1
    FROM ranked r
    JOIN pg_depend d ON d.refclassid = 'pg_proc'::regclass AND d.refobjid = r.oid
                    AND d.classid = 'pg_proc'::regclass AND d.objid <> r.oid
    JOIN own o ON o.oid = d.objid
    WHERE r.rank < 100
)
SELECT pg_get_functiondef(r.oid)
FROM ranked r
GROUP BY r.oid
ORDER BY max(r.rank), r.oid

-- name: list_views
-- Each view after the views that it reads: a replaced view may read one that was created later.
WITH RECURSIVE own AS (
    SELECT c.oid, n.nspname, c.relname
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'stockgroups' AND c.relkind = 'v'
), ranked (oid, rank) AS (
    SELECT o.oid, 0 FROM own o
    UNION ALL
    SELECT w.ev_class, r.rank + 1
    FROM ranked r
    JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = r.oid
                    AND d.classid = 'pg_rewrite'::regclass
    JOIN pg_rewrite w ON w.oid = d.objid AND w.ev_class <> r.oid
    JOIN own o ON o.oid = w.ev_class
    WHERE r.rank < 100
)
SELECT o.nspname, o.relname, pg_get_viewdef(o.oid)
FROM own o
JOIN (SELECT oid, max(rank) AS rank FROM ranked GROUP BY oid) r ON r.oid = o.oid
ORDER BY r.rank, o.oid

-- name: list_triggers
-- Our own triggers. They insert into views, and delete the members of deleted snapshots.
SELECT pg_get_triggerdef(t.oid)
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_proc p ON p.oid = t.tgfoid
WHERE n.nspname = 'stockgroups' AND p.pronamespace = n.oid AND NOT t.tgisinternal
ORDER BY t.oid

-- name: list_leftovers
-- Scratch databases left by rehearsals that were killed.
SELECT datname FROM pg_database
WHERE starts_with(datname, %(prefix)s) AND pg_get_userbyid(datdba) = current_user

-- name: digest_groups
-- A digest of the groups, without the times at which they were written.
SELECT count(*), coalesce(sum(hashtextextended(
           concat_ws('|', id, name, type, environment, description, metadata, liquidity_filter), 0)::numeric), 0)
FROM public.definition_groups

-- name: digest_memberships
SELECT count(*), coalesce(sum(hashtextextended(
           concat_ws('|', group_id, symbol, weight::float8), 0)::numeric), 0)
FROM public.group_memberships

-- name: digest_entries
SELECT count(*), coalesce(sum(hashtextextended(e::text, 0)::numeric), 0)
FROM public.cache_entries e
