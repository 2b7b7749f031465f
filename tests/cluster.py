"""A Citus cluster for tests; without the extension, a stand-in of foreign tables.

The stand-in has two databases of the same server in the place of workers. They are reached by
postgres_fdw, so that each has its own transactions and its own moment, as on a cluster.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from databases import drop_database, make_database
from stockgroups.db.connection import Target

COLUMNS = """
    group_id integer NOT NULL, snapshot_id bigint NOT NULL, as_of date NOT NULL,
    ref_ids integer[], weights double precision[], shares double precision[],
    sector_codes smallint[], industry_labels text[], industry_codes smallint[],
    member_metadata jsonb
"""
WORKER = """
    CREATE SCHEMA stockgroups;
    CREATE TABLE stockgroups.distributed_members ({columns}, PRIMARY KEY (group_id, snapshot_id))
"""
# What Citus refuses is refused here too: a key without the column that distributes, a foreign key,
# a trigger.
STAND_IN = """
    SET allow_system_table_mods = on;
    CREATE EXTENSION postgres_fdw;
    INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    VALUES (99999, 'citus', 10, 'pg_catalog'::regnamespace, false, '13.2-1');
    CREATE TABLE pg_catalog.pg_dist_partition (logicalrelid oid NOT NULL);
    CREATE TABLE pg_catalog.pg_dist_local_group (groupid integer NOT NULL);
    INSERT INTO pg_catalog.pg_dist_local_group VALUES (0);
    CREATE TABLE pg_catalog.pg_dist_node (
        nodeid integer, nodename text, nodeport integer, noderole text, isactive boolean,
        shouldhaveshards boolean
    );
    INSERT INTO pg_catalog.pg_dist_node
    VALUES (1, 'one', 5432, 'primary', true, true), (2, 'two', 5432, 'primary', true, true),
           (3, 'three', 5432, 'secondary', true, true), (4, 'four', 5432, 'primary', true, false);
    CREATE FUNCTION pg_catalog.create_distributed_table(given regclass, by text) RETURNS void
    LANGUAGE plpgsql AS $body$
    DECLARE
        number integer;
        named CONSTANT text := given::text;
    BEGIN
        IF EXISTS (
            SELECT FROM pg_constraint c
            WHERE c.conrelid = given AND (
                c.contype = 'f' OR c.contype IN ('p', 'u') AND NOT (
                    SELECT a.attnum FROM pg_attribute a
                    WHERE a.attrelid = given AND a.attname = by
                ) = ANY (c.conkey)
            )
        ) OR EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = given) THEN
            RAISE EXCEPTION 'cannot create constraint on "%"', given USING ERRCODE = '0A000';
        END IF;
        EXECUTE format('DROP TABLE %s', named);
        EXECUTE format('CREATE TABLE %s ({columns}) PARTITION BY HASH (%I)', named, by);
        FOR number IN 0..1 LOOP
            EXECUTE format(
                'CREATE FOREIGN TABLE stockgroups.shard_%s PARTITION OF %s '
                'FOR VALUES WITH (MODULUS 2, REMAINDER %s) SERVER worker_%s '
                'OPTIONS (table_name ''distributed_members'')',
                number, named, number, number
            );
        END LOOP;
        INSERT INTO pg_catalog.pg_dist_partition
        SELECT c.oid FROM pg_class c WHERE c.oid = 'stockgroups.distributed_members'::regclass;
    END
    $body$
"""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A coordinator and its workers.

    Attributes:
        target: The database of the coordinator.
        is_citus: Whether it is no stand-in.
        version: The version of Citus.
        servers: The servers that take shards, as the command lists them.
        workers: How the databases are reached that the stand-in has in the place of workers.
    """

    target: Target
    is_citus: bool
    version: str
    servers: str
    workers: tuple[str, ...] = ()

    def hide_members(self) -> None:
        """Let no snapshot have its members, as before the workers have committed."""
        self._execute("SET snapshot_id = -snapshot_id WHERE snapshot_id > 0")

    def show_members(self) -> None:
        """Undo `hide_members`."""
        self._execute("SET snapshot_id = -snapshot_id WHERE snapshot_id < 0")

    def _execute(self, what: str) -> None:
        with psycopg.connect(self.target.url, autocommit=True) as other:
            other.execute(f"UPDATE stockgroups.distributed_members {what}".encode())


@contextmanager
def make_cluster(
    server: str, workers_on: str | None = None, template: str = "template_stockgroups"
) -> Iterator[Cluster]:
    """A cluster of Citus on this server alone, where it has the extension, else a stand-in.

    `workers_on` is another server, which has the stand-in's workers; `template` names the database
    that the coordinator's is a copy of.
    """
    far = workers_on or server
    name = make_database(server, template)
    target = Target(make_conninfo(server, dbname=name), "test server", name, "TEST")
    workers: list[str] = []
    with psycopg.connect(target.url, autocommit=True) as owner:
        found = owner.execute(
            b"SELECT default_version FROM pg_available_extensions WHERE name = 'citus'"
        ).fetchone()
        port = owner.info.port
        if found is not None:
            owner.execute(b"CREATE EXTENSION citus")
            owner.execute(b"SELECT citus_set_coordinator_host('localhost', %s)", [port])
            owner.execute(
                b"SELECT citus_set_node_property('localhost', %s, 'shouldhaveshards', true)", [port]
            )
        else:
            workers += [make_database(far, "template1") for _ in range(2)]
            owner.execute(STAND_IN.replace("{columns}", COLUMNS).encode())
            for number, worker in enumerate(workers):
                _add_worker(owner, far, worker, number)
    if found is not None:
        yield Cluster(target, True, found[0], f"localhost:{port}")
    else:
        reached = tuple(make_conninfo(far, dbname=worker) for worker in workers)
        yield Cluster(target, False, "13.2-1", "one:5432, two:5432", reached)
    for place, database in ((server, name), *((far, worker) for worker in workers)):
        drop_database(place, database)


def _add_worker(owner: psycopg.Connection[Any], server: str, name: str, number: int) -> None:
    with psycopg.connect(make_conninfo(server, dbname=name), autocommit=True) as worker:
        worker.execute(WORKER.replace("{columns}", COLUMNS).encode())
    where = conninfo_to_dict(server)
    reached = {key: where[key] for key in ("host", "port") if where.get(key)} | {"dbname": name}
    user = {key: where[key] for key in ("user", "password") if where.get(key)}
    place = sql.Identifier(f"worker_{number}")
    for text, options in (
        ("CREATE SERVER {} FOREIGN DATA WRAPPER postgres_fdw OPTIONS ({})", reached),
        ("CREATE USER MAPPING FOR CURRENT_USER SERVER {} OPTIONS ({})", user),
    ):
        owner.execute(sql.SQL(text).format(place, _options(options)))


def _options(given: Mapping[str, object]) -> sql.Composed:
    return sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(key), sql.Literal(str(value)))
        for key, value in given.items()
    )
