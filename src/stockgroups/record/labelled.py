"""Refs for symbols of today, of which some are labels: `SPWR-202407`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.db.sql import load_statements
from stockgroups.model import Ref
from stockgroups.store import Store, execute
from stockgroups.symbols import is_label, make_ref

if TYPE_CHECKING:
    from collections.abc import Iterable

_SQL = load_statements("identity")


def make_refs(store: Store, symbols: Iterable[str]) -> dict[str, Ref]:
    """Return a ref for each symbol of today.

    No ticker means the stock of a label, because another stock has it today. Its ref has the
    identifiers of a report of the stock instead. If no report has any, the ref has the label.
    """
    refs = {symbol: make_ref(symbol) for symbol in symbols}
    labels = [symbol for symbol in refs if is_label(symbol)]
    if labels:
        rows = execute(store, _SQL["find_labelled"], symbols=labels)
        refs |= {label: Ref(None, None, *fields) for label, *fields in rows}
    return refs
