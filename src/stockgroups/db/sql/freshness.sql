-- name: read_freshness
-- The groups of some types, with the date of the snapshot behind their members.
SELECT g.type, g.name, s.as_of, s.source, s.is_proxy
FROM public.definition_groups g
LEFT JOIN stockgroups.group_registry r USING (environment, type, name)
LEFT JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
WHERE g.environment = %(environment)s AND g.type = ANY (%(types)s::text[])
ORDER BY g.type, g.name COLLATE "C"
