"""Questions on groups: lists by type, members, and search by name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Unpack

from stockgroups.api import Database
from stockgroups.http.endpoints.endpoint import Endpoint
from stockgroups.http.parameters import MomentOptions, Name, Words
from stockgroups.model import PLURALS, GroupType
from stockgroups.queries.answers import GroupAnswer, IndustryAnswer
from stockgroups.queries.named import Found, ListedGroups, ListedIndustries

if TYPE_CHECKING:
    from collections.abc import Iterator


def list_groups(db: Database, *, kind: GroupType) -> ListedGroups:
    """List the groups of this type, each with its size and its source."""
    return db.groups(kind)


def show_group(
    db: Database, *, kind: GroupType, name: Name, **moment: Unpack[MomentOptions]
) -> GroupAnswer:
    """Show what is in a group, now or on a day, with weights and the source."""
    return db.group(kind, name, **moment)


def list_industries(db: Database) -> ListedIndustries:
    """List the industries, each with its sector and the number of its stocks."""
    return db.industries()


def show_industry(db: Database, *, name: Name) -> IndustryAnswer:
    """Show an industry, its sector and its stocks."""
    return db.industry(name)


def search(db: Database, *, q: Words) -> Found:
    """Search groups and stocks by part of a key, a symbol or a name."""
    return db.search(q)


def _list_endpoints() -> Iterator[Endpoint]:
    for plural, kind in PLURALS.items():
        listed, shown = partial(list_groups, kind=kind), partial(show_group, kind=kind)
        rows = "holdings" if kind is GroupType.ETF else "members"
        yield Endpoint(f"/{plural}", listed, plural, is_rows=True, name=f"list_{plural}")
        yield Endpoint(
            f"/{plural}/{{name:path}}/{rows}", shown, plural, is_rows=True, name=f"{plural}_{rows}"
        )
        yield Endpoint(f"/{plural}/{{name:path}}", shown, plural, name=f"show_{plural}")


GROUPS = (
    *_list_endpoints(),
    Endpoint("/industries", list_industries, "industries", is_rows=True),
    Endpoint("/industries/{name:path}", show_industry, "industries"),
    Endpoint("/search", search, "search", is_rows=True),
)
