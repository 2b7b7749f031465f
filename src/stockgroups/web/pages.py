"""The site: the page of each address, the static files, and the pages of errors."""

from __future__ import annotations

from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from stockgroups.errors import NotFoundError
from stockgroups.model import PLURALS
from stockgroups.text import find_nearest, point_at
from stockgroups.web.address import Address, path_to, write_address
from stockgroups.web.markup import prepare
from stockgroups.web.page import File, Page
from stockgroups.web.views.compare import show_compare
from stockgroups.web.views.exposure import show_exposure
from stockgroups.web.views.expression import show_expression
from stockgroups.web.views.group import GROUP_VIEWS, show_holdings
from stockgroups.web.views.groups import show_groups
from stockgroups.web.views.industry import show_industry
from stockgroups.web.views.loads import show_loads
from stockgroups.web.views.quality import QUALITY_VIEWS
from stockgroups.web.views.search import show_search, suggest
from stockgroups.web.views.start import show_start
from stockgroups.web.views.stock import STOCK_VIEWS, show_stock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stockgroups.api import Database
    from stockgroups.model import GroupType

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
_TYPES |= {".svg": "image/svg+xml"}
_FIXED: Mapping[str, Callable[[Database, Address], Page]] = {
    "/": show_start,
    "/search": show_search,
    "/suggest": suggest,
    "/compare": show_compare,
    "/exposure": show_exposure,
    "/expression": show_expression,
    "/loads": show_loads,
    **QUALITY_VIEWS,
}
_KINDS = {kind.lower(): kind for kind in PLURALS.values()}


class Pages:
    """The answers of a `Database` as pages."""

    def __init__(self) -> None:
        """Read the static files and the templates."""
        prepare()
        folder = resources.files(__package__) / "files"
        self._files = {
            f"/files/{file.name}": File(_TYPES[suffix], file.read_bytes())
            for file in folder.iterdir()
            for suffix in [f".{file.name.rpartition('.')[2]}"]
            if suffix in _TYPES
        }

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of every page: no content from other hosts, and no referrer to them."""
        return _HEADERS

    def find_file(self, path: str) -> File | None:
        """Return the static file of this path; None if there is none."""
        return self._files.get(path)

    def ask(self, db: Database, path: str, query: str) -> Page:
        """Return the page of an address.

        Raises:
            NotFoundError: There is no such page, or nothing has the given name.
            UsageError: The address has no meaning.
        """
        address = Address.read(path, query)
        if path in _FIXED:
            return _FIXED[path](db, address)
        room, _, name = path[1:].partition("/")
        if room in PLURALS and not name:
            return show_groups(db, address, room, PLURALS[room])
        if room in _KINDS and name:
            return _show_group(db, address, _KINDS[room], name)
        if room == "stock" and name:
            return _show_stock(db, address, name)
        if room == "industry" and name:
            return show_industry(db, address, name)
        raise NotFoundError(
            f"there is no page {path}",
            remedy="the start page shows what there is",
            nearest=find_nearest(room, _ROOMS if name else _LISTS, most=1),
        )

    def write_problem(self, path: str, query: str, problem: Mapping[str, Any]) -> Page:
        """Return the page of a problem: its text, the remedy, and the request."""
        room, _, name = path[1:].partition("/")
        nearest = problem.get("nearest") or ()
        if name and room in _ROOMS:
            paths = [path_to(room, one) for one in nearest]
        elif path in _FIXED:
            paths = [write_address("/search", {"q": one}) for one in nearest]
        else:  # the nearest match is a page, not a name
            nearest = paths = [path_to(one, name) if name else f"/{one}" for one in nearest]
        near = list(zip(nearest, paths, strict=True))
        pointed = point_at(problem["text"], problem["column"]) if problem.get("column") else ()
        details = {"what": None, "where": None, "remedy": None, **problem}
        values = {"problem": details, "near": near, "name": name, "pointed": "\n".join(pointed)}
        values["labels"] = _LABELS
        title = _TITLES.get(problem["status"], problem["title"])
        return Page("problem.html", Address.guess(path, query), title, values)


def _show_group(db: Database, address: Address, kind: GroupType, name: str) -> Page:
    key, _, tab = name.rpartition("/")
    if key and tab in GROUP_VIEWS:
        return GROUP_VIEWS[tab](db, address, kind, key)
    return show_holdings(db, address, kind, name)


def _show_stock(db: Database, address: Address, name: str) -> Page:
    text, _, tab = name.rpartition("/")
    if text and tab in STOCK_VIEWS:
        return STOCK_VIEWS[tab](db, address, text)
    return show_stock(db, address, name)


_ROOMS = (*_KINDS, "stock", "industry")
_LISTS = (*PLURALS, *(path[1:] for path in _FIXED if len(path) > 1))
_LABELS = {"expr": "Expression", "q": "Text", "groups": "Groups", "by": "By"}
_TITLES = {
    400: "This cannot be answered",
    404: "Not found",
    500: "Internal error",
    503: "The database is unavailable",
    504: "This takes too long",
}
_HEADERS = MappingProxyType(
    {
        "content-security-policy": _POLICY,
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
    }
)
