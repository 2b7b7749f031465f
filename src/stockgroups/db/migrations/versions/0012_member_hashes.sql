-- A hash of each membership as this program wrote it, beside the hash of the whole group.

ALTER TABLE stockgroups.group_registry ADD COLUMN member_hashes integer[];
ALTER TABLE stockgroups.group_registry ALTER COLUMN member_hashes SET STORAGE EXTERNAL;
COMMENT ON COLUMN stockgroups.group_registry.member_hashes IS
    '31 bits of a hash of each membership as this program wrote it';

-- If another program changed a group, it is unknown which of its rows are its own.
UPDATE stockgroups.group_registry r
SET member_hashes = CASE WHEN m.hash = r.member_hash THEN m.hashes ELSE '{}' END
FROM (
    SELECT h.group_id, bit_xor(h.hash) AS hash, array_agg((h.hash & 2147483647)::int) AS hashes
    FROM (
        SELECT group_id,
               hashtextextended(symbol, coalesce(hash_numeric_extended(weight, 0), 1)) AS hash
        FROM public.group_memberships
    ) h
    GROUP BY h.group_id
) m
JOIN public.definition_groups g ON g.id = m.group_id
WHERE g.environment = r.environment AND g.type = r.type AND g.name = r.name;
