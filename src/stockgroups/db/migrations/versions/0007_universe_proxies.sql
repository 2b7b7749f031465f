UPDATE stockgroups.snapshots s
SET is_proxy = true
FROM stockgroups.group_registry g
WHERE g.id = s.group_id AND g.type = 'UNIVERSE' AND NOT s.is_proxy
  AND s.source LIKE 'pytickersymbols %';
