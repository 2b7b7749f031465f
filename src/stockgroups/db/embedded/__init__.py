"""A PostgreSQL server of the user's own: made at the first use, up until it is stopped.

The binaries come from the extra `embedded`; the cluster lives in one folder, is reached through a
Unix socket alone and by its owner alone. `server` holds the public functions and what a call
needs while the server runs; the other modules are loaded only to start or stop it.
"""

from stockgroups.db.embedded.server import (
    ServerStatus,
    ensure_running,
    is_default,
    start,
    status,
    stop,
)

__all__ = ["ServerStatus", "ensure_running", "is_default", "start", "status", "stop"]
