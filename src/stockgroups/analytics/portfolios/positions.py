"""The meaning of a portfolio's positions: funds that are looked through, stocks, cash."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stockgroups.analytics.funds import Part
from stockgroups.analytics.portfolios.exposure_funds import ASKED, HELD
from stockgroups.analytics.portfolios.look_through import Leaf
from stockgroups.model import GroupType
from stockgroups.queries.resolutions import Confidence
from stockgroups.queries.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.analytics.funds import Fund
    from stockgroups.analytics.portfolios.exposure_funds import FundsRead
    from stockgroups.queries.moments import Moment
    from stockgroups.readers.lists.portfolios import Position
    from stockgroups.store import Store

_KINDS = {kind.lower(): kind for kind in GroupType}


class Meaning(NamedTuple):
    """The meaning of a position: a group to look through, or another holding."""

    leaf: Leaf
    fund: Fund | None = None

    @property
    def name(self) -> str:
        """The name; two positions with one name are one."""
        if self.fund is not None:
            return self.fund.label
        return self.leaf.symbol or self.leaf.part.value


def find_meanings(
    store: Store,
    portfolio: Sequence[Position],
    read: FundsRead,
    moment: Moment | None,
    warnings: list[str],
) -> list[Meaning]:
    """Return the meaning of each position; a fund comes before a stock, as no two share a ticker.

    Unknown and guessed positions are added to `warnings`.
    """
    texts = {one.text for one in portfolio if one.category is None}
    groups = {text: group for text in texts if (group := _read_group_name(text))}
    meanings: dict[str, Meaning] = {}
    for text, (kind, name) in groups.items():
        fund = read.read_group(kind, name)
        meanings[text] = Meaning(Leaf(Part.FUNDS, fund.label), fund)
    plain = texts - groups.keys()
    read.read_symbols(
        ASKED, (one.text.upper() for one in portfolio if one.text in plain and ":" not in one.text)
    )
    stocks = {
        text: text.partition(":")[2] if text.lower().startswith("stock:") else text
        for text in sorted(plain)
        if (ASKED, text.upper()) not in read.known
    }
    on = moment.on if moment else None
    found = resolve(store, stocks.values(), on) if stocks else ()
    symbols = {text: one.current_symbol for text, one in zip(stocks, found, strict=True)}
    read.read_symbols(HELD, filter(None, symbols.values()))
    for text in plain:
        place = HELD if text in symbols else ASKED
        symbol = symbols.get(text, text.upper())
        label = read.labels.get((place, symbol or ""))
        if label is not None:
            meanings[text] = Meaning(Leaf(Part.FUNDS, label), read.funds[label])
        elif symbol is None:
            meanings[text] = Meaning(Leaf(Part.UNKNOWN, text))
        else:
            part = Part.FUNDS if (place, symbol) in read.known else Part.STOCKS
            meanings[text] = Meaning(Leaf(part, symbol))
    for one in found:
        if one.current_symbol is None:
            warnings.append(f"{one.text} is not known: {one.why}")
        elif one.confidence is Confidence.LOW:
            warnings.append(f"{one.text} is understood as {one.current_symbol}: {one.why}")
    return [
        meanings[one.text] if one.category is None else Meaning(Leaf(Part(one.category.key)))
        for one in portfolio
    ]


def _read_group_name(text: str) -> tuple[GroupType, str] | None:
    """Return the type and name of a group in a text; None if it names a fund or a stock."""
    kind, colon, name = text.partition(":")
    found = _KINDS.get(kind.strip().lower()) if colon else None
    return (found, name.strip()) if found else None
