-- Importing an export into an empty environment. The rows of each file first go to
-- pg_temp.incoming.

-- name: find_content
-- The tables in which the environment has rows.
SELECT t.name
FROM (VALUES
    ('definition_groups', EXISTS (
        SELECT FROM public.definition_groups WHERE environment = %(environment)s)),
    ('cache_entries', EXISTS (
        SELECT FROM public.cache_entries
        WHERE stockgroups.home_of_entry(environment) = %(environment)s)),
    ('group_registry', EXISTS (
        SELECT FROM stockgroups.group_registry WHERE environment = %(environment)s)),
    ('refs', EXISTS (SELECT FROM stockgroups.refs WHERE environment = %(environment)s)),
    ('securities', EXISTS (
        SELECT FROM stockgroups.securities WHERE environment = %(environment)s)),
    ('aliases', EXISTS (SELECT FROM stockgroups.aliases WHERE environment = %(environment)s)),
    ('sector_overrides', EXISTS (
        SELECT FROM stockgroups.sector_overrides WHERE environment = %(environment)s)),
    ('archived_entries', EXISTS (
        SELECT FROM stockgroups.archived_entries
        WHERE stockgroups.home_of_entry(environment) = %(environment)s)),
    ('loads', EXISTS (SELECT FROM stockgroups.loads WHERE environment = %(environment)s))
) AS t (name, is_there)
WHERE t.is_there

-- name: has_reference_data
SELECT EXISTS (SELECT FROM stockgroups.directories)
    OR EXISTS (SELECT FROM stockgroups.cusip_symbols)
    OR EXISTS (SELECT FROM stockgroups.cusip_changes)

-- name: count_unknown_directories
-- How many directories of the export are not in this database.
SELECT count(*)
FROM pg_temp.incoming i
WHERE NOT EXISTS (
    SELECT FROM stockgroups.directories d
    WHERE d.sha256 = i.sha256 AND d.as_of = i.as_of AND d.reader = i.reader
)

-- name: read_numbers
-- The highest number of each kind in any table, and the sequence that generates the next one.
SELECT n.kind, coalesce(n.highest, 0), pg_get_serial_sequence(n.owner, 'id')
FROM (VALUES
    ('group', 'public.definition_groups', greatest(
        (SELECT max(id) FROM public.definition_groups),
        (SELECT max(id) FROM stockgroups.group_registry))::bigint),
    ('entry', 'public.cache_entries', greatest(
        (SELECT max(id) FROM public.cache_entries),
        (SELECT max(id) FROM stockgroups.archived_entries),
        (SELECT max(entry_id) FROM stockgroups.replaced_entries))),
    ('load', 'stockgroups.loads', (SELECT max(id) FROM stockgroups.loads)),
    ('snapshot', 'stockgroups.snapshots', (SELECT max(id) FROM stockgroups.snapshots)),
    ('ref', 'stockgroups.refs', (SELECT max(id) FROM stockgroups.refs)),
    ('security', 'stockgroups.securities', (SELECT max(id) FROM stockgroups.securities)),
    ('directory', 'stockgroups.directories', (SELECT max(id) FROM stockgroups.directories))
) AS n (kind, owner, highest)

-- name: read_membership_numbers
-- The same for memberships; another program's table may have no numbers.
SELECT 'membership', coalesce(max(id), 0), pg_get_serial_sequence('public.group_memberships', 'id')
FROM public.group_memberships

-- name: go_on_after
-- Set a sequence so that its next number is higher than these.
SELECT setval(%(sequence)s::regclass, greatest(
    %(highest)s, coalesce(pg_sequence_last_value(%(sequence)s::regclass), 0)
))
WHERE %(highest)s > 0

-- name: list_columns
-- The columns of a table that can be written.
SELECT attname::text, format_type(atttypid, NULL)
FROM pg_attribute
WHERE attrelid = %(table)s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY attnum

-- name: write_state
UPDATE stockgroups.env_state
SET version = greatest(version, %(version)s), identity = %(identity)s
WHERE environment = %(environment)s

-- name: count_members
SELECT g.type, g.name, count(m.group_id)
FROM public.definition_groups g
LEFT JOIN public.group_memberships m ON m.group_id = g.id
WHERE g.environment = %(environment)s
GROUP BY g.id, g.type, g.name
