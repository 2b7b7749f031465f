-- The runs of refs: which consecutive snapshots in a series of a group (its own, or its proxies)
-- hold which refs. With them, the days of some refs are found without reading all snapshots.

CREATE TABLE stockgroups.ref_runs (
    group_id integer NOT NULL,
    is_proxy boolean NOT NULL,
    valid_from date NOT NULL,
    valid_to date NOT NULL,
    ref_ids integer[] NOT NULL,
    PRIMARY KEY (group_id, is_proxy, valid_from, valid_to)
);
ALTER TABLE stockgroups.ref_runs ALTER COLUMN ref_ids SET STORAGE EXTERNAL;

COMMENT ON TABLE stockgroups.ref_runs IS
    'Which refs consecutive snapshots of a group hold, made from these; an open end is infinity';
COMMENT ON COLUMN stockgroups.ref_runs.is_proxy IS 'Of the group''s proxies, not its own snapshots';
COMMENT ON COLUMN stockgroups.ref_runs.valid_from IS 'As-of date of the first';
COMMENT ON COLUMN stockgroups.ref_runs.valid_to IS 'As-of date of the next one without the refs';

-- The current snapshots of each date with their places in the series; then islands of consecutive
-- places.
INSERT INTO stockgroups.ref_runs (group_id, is_proxy, valid_from, valid_to, ref_ids)
WITH last AS (
    SELECT DISTINCT ON (s.group_id, s.is_proxy, s.as_of) s.group_id, s.is_proxy, s.as_of, s.ref_ids
    FROM stockgroups.snapshots s
    ORDER BY s.group_id, s.is_proxy, s.as_of, s.id DESC
),
standing AS (
    SELECT l.*, row_number() OVER series AS place, lead(l.as_of) OVER series AS next
    FROM last l
    WHERE l.ref_ids IS NOT NULL
    WINDOW series AS (PARTITION BY l.group_id, l.is_proxy ORDER BY l.as_of)
),
held AS (
    SELECT DISTINCT s.group_id, s.is_proxy, m.ref_id, s.place, s.as_of,
           coalesce(s.next, 'infinity') AS next
    FROM standing s CROSS JOIN LATERAL unnest(s.ref_ids) AS m (ref_id)
),
islands AS (
    SELECT h.*, h.place - row_number() OVER (
        PARTITION BY h.group_id, h.is_proxy, h.ref_id ORDER BY h.place) AS island
    FROM held h
),
runs AS (
    SELECT group_id, is_proxy, ref_id, min(as_of) AS valid_from, max(next) AS valid_to
    FROM islands
    GROUP BY group_id, is_proxy, ref_id, island
)
SELECT group_id, is_proxy, valid_from, valid_to, array_agg(ref_id ORDER BY ref_id)
FROM runs
GROUP BY group_id, is_proxy, valid_from, valid_to;
