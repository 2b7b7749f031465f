-- The effective snapshots of groups on many days, and their contents.

-- name: find_registered_group
-- A group (also a deleted one) by type and name, with the parts of its title and the beginning of
-- its record.
SELECT r.id, g.description, g.metadata ->> 'name', first.as_of, first.recorded_at
FROM stockgroups.group_registry r
LEFT JOIN public.definition_groups g USING (environment, type, name)
LEFT JOIN LATERAL (
    SELECT min(as_of) AS as_of, min(recorded_at) AS recorded_at
    FROM stockgroups.snapshots
    WHERE group_id = r.id
) first ON true
WHERE r.environment = %(environment)s AND r.type = %(type)s AND r.name = %(name)s

-- name: read_members
-- The contents of some snapshots of a group. The caller finds the securities of the refs.
SELECT s.id, s.file_name, s.ref_ids, s.weights
FROM stockgroups.full_snapshots s
WHERE s.group_id = %(registry_id)s AND s.id = ANY (%(snapshot_ids)s::bigint[])

-- name: read_refs
-- The symbols (empty if none), countries and currencies that refs report.
SELECT id, coalesce(symbol, '')::text, country, currency
FROM stockgroups.refs WHERE id = ANY (%(ref_ids)b::int[])

-- name: read_names
-- All symbols of securities that have had more than one.
SELECT y.security_id, y.symbol::text, y.valid_from, y.valid_to
FROM stockgroups.security_symbols y
WHERE y.security_id = ANY (%(ids)b::int[])
  AND NOT (y.valid_from = '-infinity' AND y.valid_to = 'infinity')
ORDER BY y.security_id, y.valid_from
