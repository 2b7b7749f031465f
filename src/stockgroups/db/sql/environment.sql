-- name: read_schema
-- The version of the schema, and the shared tables that are missing because another program dropped
-- them. Every command asks this first.
SELECT version_num,
       array_remove(ARRAY[
           CASE WHEN to_regclass('public.definition_groups') IS NULL THEN 'definition_groups' END,
           CASE WHEN to_regclass('public.group_memberships') IS NULL THEN 'group_memberships' END,
           CASE WHEN to_regclass('public.cache_entries') IS NULL THEN 'cache_entries' END
       ], NULL)
FROM stockgroups.alembic_version

-- name: has_version
-- Whether the table of the version exists. An error would end the transaction of an upgrade.
SELECT to_regclass('stockgroups.alembic_version') IS NOT NULL

-- name: read_version
SELECT version_num
FROM stockgroups.alembic_version

-- name: are_tables_older
-- Whether another program created the shared tables again in an older form. Such a table rounds
-- weights, refuses universes, or holds JSON that our statements cannot read.
SELECT EXISTS (
           SELECT FROM (VALUES
               ('group_memberships', 'weight', 'numeric'::regtype),
               ('group_memberships', 'metadata', 'jsonb'),
               ('definition_groups', 'metadata', 'jsonb'),
               ('definition_groups', 'liquidity_filter', 'jsonb'),
               ('cache_entries', 'value', 'jsonb')
           ) AS w (tab, col, type)
           JOIN pg_attribute a ON a.attrelid = to_regclass('public.' || w.tab) AND a.attname = w.col
           WHERE a.atttypid <> w.type OR a.atttypmod <> -1
       ) OR EXISTS (
           SELECT FROM pg_constraint
           WHERE conrelid = to_regclass('public.definition_groups') AND contype = 'c'
             AND pg_get_constraintdef(oid) ~ '\mTHEME\M'
             AND pg_get_constraintdef(oid) !~ '\mUNIVERSE\M'
       )

-- name: list_distributed
-- Our tables that Citus distributes, from its own list, except the table of `db distribute`. Partitions
-- are distributed with their table.
SELECT c.oid::regclass::text
FROM pg_catalog.pg_dist_partition p
JOIN pg_class c ON c.oid = p.logicalrelid
WHERE NOT c.relispartition AND c.oid IS DISTINCT FROM to_regclass('stockgroups.distributed_members')
  AND (c.relnamespace = to_regnamespace('stockgroups')
       OR c.oid IN (to_regclass('public.definition_groups'), to_regclass('public.group_memberships'),
                    to_regclass('public.cache_entries')))
ORDER BY c.oid::regclass::text COLLATE "C"

-- name: find_unadopted
-- The shared tables that exist in a database without our schema.
SELECT t.name
FROM unnest('{definition_groups,group_memberships}'::text[]) AS t (name)
WHERE to_regclass('public.' || t.name) IS NOT NULL

-- name: may_change_schema
SELECT has_schema_privilege('stockgroups', 'CREATE') AND NOT current_setting('transaction_read_only')::boolean

-- name: set_nested_loops
-- Until the end of the transaction.
SELECT set_config('enable_nestloop', %(value)s, true)

-- name: set_sequential_scans
-- Until the end of the transaction.
SELECT set_config('enable_seqscan', %(value)s, true)

-- name: count_types
-- The number of groups by type and environment.
SELECT environment::text COLLATE "C", type::text, count(*) FROM public.definition_groups
GROUP BY 1, 2
ORDER BY 1, 2

-- name: prefer_indexes
-- Until the end of the transaction. The tables are in memory, or on disks with fast random reads.
SET LOCAL random_page_cost = 1.1

-- name: keep_plans
-- Until the end of the transaction: plan a prepared statement once, for any values. Otherwise the
-- server plans it again for each NULL value, because it expects a cheaper plan.
SET LOCAL plan_cache_mode = force_generic_plan
