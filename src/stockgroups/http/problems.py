"""Errors as problems (RFC 9457), with the texts of the command line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from psycopg import errors as pg

from stockgroups.errors import (
    CatalogError,
    DatabaseError,
    GuardError,
    NotFoundError,
    RefusedByDatabaseError,
    SourceError,
    StaleError,
    StockgroupsError,
    SymbolError,
    UsageError,
)
from stockgroups.http.cache import Reply
from stockgroups.http.limits import ANSWER_SECONDS

if TYPE_CHECKING:
    from collections.abc import Mapping

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5
_WORD = re.compile(r"(?<!^)(?=[A-Z])")
_STATUS: tuple[tuple[type[StockgroupsError], int], ...] = (
    (NotFoundError, 404),
    (StaleError, 409),
    (GuardError, 409),
    (UsageError, 400),
    (SymbolError, 400),
    (CatalogError, 500),
    (SourceError, 422),
    (RefusedByDatabaseError, 400),
    (DatabaseError, 503),
)


class RequestError(StockgroupsError):
    """A request that is refused before any question is asked, with its own status."""

    def __init__(
        self,
        status: int,
        what: str,
        *,
        remedy: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Store the HTTP status and its headers."""
        super().__init__(what, remedy=remedy)
        self.status = status
        self.headers = dict(headers or {})


class TimeoutProblem(StockgroupsError):  # noqa: N818 - the problem's type, as clients read it
    """An answer that takes too long."""


def make_problem(error: StockgroupsError, request_id: str) -> Reply:
    """Return the reply to a refused request: what is wrong, where, what to do."""
    if isinstance(error.__cause__, pg.QueryCanceled):
        error = TimeoutProblem(
            f"the answer takes longer than {ANSWER_SECONDS} s",
            remedy="ask for less: fewer groups, dates or a shorter expression",
        )
    status = find_status(error)
    details = error.to_dict()
    name = details.pop("type")
    details.pop("exit_status")
    words = _WORD.sub(" ", name.removesuffix("Error").removesuffix("Problem")).lower()
    problem = {
        "type": f"urn:stockgroups:problem:{words.replace(' ', '-')}",
        "title": words.capitalize(),
        "status": status,
        "detail": str(error),
        **details,
        "request_id": request_id,
    }
    return write_problem(
        status, problem, error.headers if isinstance(error, RequestError) else None
    )


def make_fault(request_id: str) -> Reply:
    """Return the reply to a request that failed by a fault; the log has the traceback."""
    problem = {
        "type": "urn:stockgroups:problem:fault",
        "title": "Internal error",
        "status": 500,
        "detail": "internal error; the server's log has the reason under the id of the request",
        "request_id": request_id,
    }
    return write_problem(500, problem)


def find_status(error: StockgroupsError) -> int:
    """Return the HTTP status for an error."""
    if isinstance(error, RequestError):
        return error.status
    if isinstance(error, TimeoutProblem):
        return 504
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def write_problem(
    status: int, problem: Mapping[str, Any], more: Mapping[str, str] | None = None
) -> Reply:
    """Return the reply with a problem and its headers."""
    headers = [(b"content-type", MEDIA_TYPE.encode())]
    if status == 503:
        headers.append((b"retry-after", str(RETRY_SECONDS).encode()))
    headers += [(name.encode(), value.encode()) for name, value in (more or {}).items()]
    return Reply(status, tuple(headers), json.dumps(problem, ensure_ascii=False).encode())
