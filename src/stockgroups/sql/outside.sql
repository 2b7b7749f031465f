-- What other programs made and changed in the tables that they share with this one.

-- name: list_unrecorded
-- Groups with members of which no snapshot tells anything, the number of these, and the day on
-- which the last of them was written.
SELECT g.type, g.name, count(*),
       least(current_date, greatest(
           max(m.added_at)::date, max(m.updated_at)::date, g.updated_at::date, g.last_update::date))
FROM public.definition_groups g
JOIN public.group_memberships m ON m.group_id = g.id
WHERE g.environment = %(environment)s AND g.type = ANY (%(types)s)
  AND NOT EXISTS (
      SELECT FROM stockgroups.group_registry r
      JOIN stockgroups.snapshots s ON s.group_id = r.id
      WHERE r.environment = g.environment AND r.type = g.type AND r.name = g.name
  )
GROUP BY g.id
ORDER BY g.type, g.name COLLATE "C"

-- name: list_rows
-- The numbers of the groups' rows.
SELECT g.type, g.name, g.id
FROM public.definition_groups g
JOIN jsonb_to_recordset(%(groups)s) AS w (type text, name text)
  ON g.type = w.type AND g.name = w.name
WHERE g.environment = %(environment)s
