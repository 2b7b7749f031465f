-- The members of snapshots on the servers of a Citus cluster.

-- name: read_cluster
-- The version of Citus, whether this server is the coordinator, and the servers that take shards.
SELECT e.extversion,
       (SELECT l.groupid FROM pg_catalog.pg_dist_local_group l) = 0,
       ARRAY(
           SELECT n.nodename || ':' || n.nodeport FROM pg_catalog.pg_dist_node n
           WHERE n.noderole = 'primary' AND n.isactive AND n.shouldhaveshards
           ORDER BY n.nodeid
       )
FROM pg_catalog.pg_extension e
WHERE e.extname = 'citus'

-- name: has_citus
SELECT EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'citus')

-- name: is_shared
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_dist_partition
    WHERE logicalrelid = 'stockgroups.distributed_members'::regclass
)

-- name: share
-- All members of a group are on one server, so that an answer about a group asks one server.
SELECT pg_catalog.create_distributed_table('stockgroups.distributed_members', 'group_id')

-- name: begin_using
-- Read the members of one snapshot from their server. In PL/pgSQL, because Citus refuses functions in SQL
-- that read its tables. Members never change, and a snapshot always has a row here. So a missing row
-- shows that the servers are at different moments: a load was committed on this one, and not yet on the
-- other. Such a question fails, and is asked again (see ask_again in db/transactions). The cost keeps the
-- planner from calling the function before the other conditions. Functions that read tables of this
-- server belong to it alone, so Citus is kept from creating them on the others.
SET LOCAL citus.enable_ddl_propagation = off;
CREATE FUNCTION stockgroups.members_of(of_group integer, of_snapshot bigint)
RETURNS TABLE (
    ref_ids integer[], weights double precision[], shares double precision[], sector_codes smallint[],
    industry_labels text[], industry_codes smallint[], member_metadata jsonb
)
LANGUAGE plpgsql STABLE ROWS 1 COST 100000 SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    RETURN QUERY
    SELECT m.ref_ids, m.weights, m.shares, m.sector_codes, m.industry_labels, m.industry_codes,
           m.member_metadata
    FROM stockgroups.distributed_members m
    WHERE m.group_id = of_group AND m.snapshot_id = of_snapshot;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the members of snapshot % are not on their server (not yet, or no longer)', of_snapshot
            USING ERRCODE = 'serialization_failure', HINT =
            'try again; if this persists, that server has lost rows: restore its backup';
    END IF;
END
$body$;
SET LOCAL citus.enable_ddl_propagation = on

-- name: stop_using
-- snapshot_views.sql knows the layout by the function's name. The function goes after the view that
-- calls it.
SET LOCAL citus.enable_ddl_propagation = off;
ALTER FUNCTION stockgroups.members_of(integer, bigint) RENAME TO members_of_leaving

-- name: drop_function
DROP FUNCTION stockgroups.members_of_leaving(integer, bigint)

-- name: drop_table
DROP TABLE IF EXISTS stockgroups.distributed_members
