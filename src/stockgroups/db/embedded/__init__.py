"""A PostgreSQL server of the user's own: created at first use, running until it is stopped.

The binaries come from the extra `embedded`; the cluster lives in one folder, and only its owner can
reach it, only through a Unix socket. `server` holds the public functions and everything that a call
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
