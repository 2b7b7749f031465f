"""The meaning of a bare name, by the rule of `stockgroups query NAME`: a group or a stock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.analytics.expressions.tree import TYPES, quote
from stockgroups.errors import NotFoundError, StockgroupsError, SymbolError, UsageError
from stockgroups.queries.named import find_types
from stockgroups.text import find_nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stockgroups.store import Store


def find_kind(store: Store, name: str) -> str:
    """Return which of TYPES a bare name is.

    Raises UsageError where groups of several types have it, NotFoundError where nothing has.
    """
    kinds = find_types(store, name)
    if len(kinds) > 1:
        raise refuse_several(name, kinds)
    return kinds[0].lower()


def refuse_several(name: str, kinds: Iterable[str]) -> UsageError:
    """Return the error for a bare name that groups of several types have."""
    return UsageError(
        f"{name!r} is the name of several groups",
        remedy="choose one: " + ", ".join(f"{kind.lower()}:{quote(name)}" for kind in kinds),
    )


def advise(error: StockgroupsError, name: str) -> None:
    """Add to the error of a bare name that nothing has what its signs may have meant."""
    if not isinstance(error, NotFoundError | SymbolError):
        return
    left, sign, right = name.partition("-")
    hints = [f"write {left} - {right} to subtract {right}"] if sign and left and right else []
    near = find_nearest(name, TYPES, most=1)
    hints += [f"a type precedes a name: {near[0]}:NAME"] if near else []
    if hints:
        error.remedy = "; ".join(filter(None, (error.remedy, *hints)))
