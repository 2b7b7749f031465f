"""The data directory: made in one step or not at all, and configured at each start."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from stockgroups.db.embedded.paths import HOME_VARIABLE, MAJOR, ROLE
from stockgroups.db.embedded.privileges import make_private, write_private
from stockgroups.errors import EmbeddedServerError

if TYPE_CHECKING:
    from pathlib import Path

    from stockgroups.db.embedded.paths import Layout
    from stockgroups.db.embedded.privileges import Account

IDENT_MAP = "owner"
LINES_OF_OUTPUT = 3

SETTINGS = """\
# Written by stockgroups at each start. Settings of your own: ALTER SYSTEM SET name = value.

# Reached by its owner alone, through a socket in a private folder.
listen_addresses = ''
unix_socket_directories = {sockets}
unix_socket_permissions = 0700
max_connections = 100

# One user's server on a machine that has other work to do: memory is taken as it is used, and
# no process waits for a kind of work that does not come.
shared_buffers = 128MB
huge_pages = off
io_method = sync
max_logical_replication_workers = 0
cluster_name = 'stockgroups'

# What programs make without naming a schema is made where it is looked for: the user is called as
# a schema is, which would come first.
search_path = 'public'

# The same on every machine.
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
lc_monetary = 'C'
lc_numeric = 'C'
lc_time = 'C'
datestyle = 'iso, ymd'
default_text_search_config = 'pg_catalog.english'

# A file per day of the week, overwritten a week later; short lines without the users' data.
logging_collector = on
log_directory = '../log'
log_filename = 'server-%a.log'
log_rotation_age = 1d
log_rotation_size = 0
log_truncate_on_rotation = on
log_checkpoints = off
log_error_verbosity = terse
log_min_error_statement = panic
"""

AUTHENTICATION = f"""\
# Written by stockgroups at each start: the operating system identifies the user.
local all all peer map={IDENT_MAP}
"""


def create_cluster(layout: Layout, account: Account, programs: Path, lock: int) -> None:
    """Make the data directory, unless there is one.

    It is made beside its place and renamed when it is whole. initdb inherits the lock, so nobody
    takes its folder for a left-over while it still writes, even when its caller has been killed.
    Raises EmbeddedServerError for data of another major version, and when initdb fails.
    """
    if layout.data.exists():
        _check_version(layout.data)
        return
    if layout.new_data.exists():
        shutil.rmtree(layout.new_data)
    make_private(layout.new_data, account)
    initdb = account.run(
        [
            programs / "initdb",
            "--pgdata",
            layout.new_data,
            f"--username={ROLE}",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--auth=reject",
            "--no-instructions",
        ],
        pass_fds=(lock,),
    )
    if initdb.returncode != 0:
        raise EmbeddedServerError(
            f"initdb failed (exit status {initdb.returncode}): {last_lines(initdb.stderr)}",
            where=str(layout.cluster),
            remedy="check that the disk has room, then try again; or set "
            f"{HOME_VARIABLE} to another folder",
        )
    layout.new_data.rename(layout.data)
    _sync_folder(layout.cluster)


def configure_cluster(layout: Layout, account: Account, sockets: Path) -> None:
    """Write the three configuration files, so that a moved folder or a new program takes effect.

    The account itself may be any role, and so may root if it starts the server for the account.
    """
    users = (account.name, "root") if account.is_other else (account.name,)
    owners = "".join(f"{IDENT_MAP} {_quote_name(user)} all\n" for user in users)
    settings = SETTINGS.format(sockets=quote_folder_list(os.fsdecode(sockets)))
    for name, text in (
        ("postgresql.conf", settings),
        ("pg_hba.conf", AUTHENTICATION),
        ("pg_ident.conf", owners),
    ):
        write_private(layout.data, name, os.fsencode(text), account)


def quote_folder_list(folder: str) -> str:
    """Return a setting's value that is a list of just this folder.

    Two layers: inside the value, quotes keep commas and blanks together; around it stand those of
    postgresql.conf (PostgreSQL manual, "Parameter Names and Values").
    """
    return _quote_setting(_quote_name(folder))


def last_lines(output: bytes) -> str:
    """Return the last lines of a program's output, which say why it failed."""
    return " | ".join(output.decode(errors="replace").strip().splitlines()[-LINES_OF_OUTPUT:])


def _quote_setting(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def _quote_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _check_version(data: Path) -> None:
    try:
        found = (data / "PG_VERSION").read_text(errors="replace").strip()
    except FileNotFoundError as error:
        raise EmbeddedServerError(
            "not a PostgreSQL data directory: PG_VERSION is missing",
            where=str(data),
            remedy="move it away; a new one is created at the next start",
        ) from error
    if found != str(MAJOR):
        raise EmbeddedServerError(
            f"the data is from PostgreSQL {found!r}, but the programs are version {MAJOR}",
            where=str(data),
            remedy=f"dump it with the programs of PostgreSQL {found!r}, move it away, start the "
            "server, restore; "
            f"or set {HOME_VARIABLE} to another folder",
        )


def _sync_folder(folder: Path) -> None:
    """Make a rename last: else a power cut could take the new name, and the data with it."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
