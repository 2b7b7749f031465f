"""The members that an entry lists: each symbol once, with its weight as a fraction.

Each element is a member, a merged duplicate, blank, or refused with a reason.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.errors import LegacyEntryError, SymbolError
from stockgroups.migration.legacy.elements import Element, list_elements, read_element
from stockgroups.model import Category, Ref
from stockgroups.readers.format import Field, FileColumns
from stockgroups.readers.holdings.rows import by_ticker
from stockgroups.readers.holdings.weights import HIGHEST_SUM, LOWEST_SUM, weigh
from stockgroups.readers.values.notation import find_notation
from stockgroups.readers.values.numbers import parse_number, parse_numbers
from stockgroups.receipts import Receipt, ReceiptLine
from stockgroups.symbols import foreign_symbol, parse_symbol, read_symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stockgroups.catalog import Catalog
    from stockgroups.readers.holdings.verdicts import Verdict

MOST_MEMBERS = 100_000

_LONGEST_SHOWN = 60
_HOME = frozenset({"US", "USA", "U.S.", "UNITED STATES"})


@dataclass(slots=True)
class Members:
    """The members of an entry, each symbol once, and the outcome of all elements."""

    refs: tuple[Ref, ...] = ()
    weights: tuple[float | None, ...] | None = None
    shares: tuple[float | None, ...] | None = None
    lines: list[ReceiptLine] = field(default_factory=list)
    blanks: int = 0
    unit: str | None = None
    weight_sum: float | None = None
    unread_weights: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def refused(self) -> list[str]:
        """The listed elements that are not symbols, with reasons; then the bad weights."""
        rejected = (line.reason for line in self.lines if line.category is Category.REJECTED)
        return [*rejected, *self.unread_weights]

    @property
    def repeated(self) -> int:
        """The number of listed elements whose symbol an earlier one has."""
        return sum(line.category is Category.MERGED for line in self.lines)

    def make_receipt(self, as_of_from: str) -> Receipt:
        """Return the receipt of every element that is not blank."""
        return Receipt(
            rows=dict.fromkeys(Category, 0)
            | Counter(line.category for line in self.lines)
            | {Category.MEMBER: len(self.refs)},
            weights=None,
            printed_weight=self.weight_sum,
            unit=self.unit,
            basis="none" if self.weights is None else "printed",
            as_of_from=as_of_from,
            lines=tuple(self.lines),
            notes=tuple(self.notes),
        )


def read_members(listed: Any, catalog: Catalog) -> Members | None:
    """Return the members in an entry's list; None if it is not a list of any kind.

    If a symbol is listed twice, the first one is used, as in old programs that inserted row by row.
    A weight that is missing in the first is taken from the later one. Raise LegacyEntryError for
    more elements than any group has.
    """
    elements = list_elements(listed)
    if elements is None:
        return None
    if len(elements) > MOST_MEMBERS:
        raise LegacyEntryError(f"it lists {len(elements):,} elements, more than any group has")
    members = Members()
    found: dict[str, tuple[Ref, str | None, float | None]] = {}
    read = list(map(read_element, elements))
    verdicts = _judge_tickers(read, catalog)
    for line, element in enumerate(read, start=1):
        if element is None:
            members.blanks += 1
            continue
        if line - 1 in verdicts:
            reason = f"{element.ticker!r}: {verdicts[line - 1].reason}"
            _refuse(members, line, element, reason)
            continue
        try:
            symbol = read_stock(element.ticker, catalog, element.texts.get("exchange"))
        except SymbolError as error:
            _refuse(members, line, element, error.what)
            continue
        shares = _number(element.shares)
        first = found.get(symbol)
        if first is not None:
            members.lines.append(
                ReceiptLine(line, Category.MERGED, f"{symbol} again", element.ticker, None, None)
            )
            found[symbol] = (first[0], first[1] or element.weight, first[2] or shares)
            continue
        ref = Ref(symbol, ticker=element.ticker, name=element.name, **element.texts)
        found[symbol] = (ref, element.weight, shares)
    members.refs = tuple(ref for ref, _, _ in found.values())
    _weigh(members, [weight or "" for _, weight, _ in found.values()])
    if any(shares is not None for _, _, shares in found.values()):
        members.shares = tuple(shares for _, _, shares in found.values())
    return members


def _judge_tickers(elements: list[Element | None], catalog: Catalog) -> dict[int, Verdict]:
    """Return, by place, the tickers that are not stocks: cash, futures, rights, placeholders.

    The rule is that of holdings files. It rejects more tickers if there is no name.
    """
    verdicts: dict[int, Verdict] = {}
    for is_bare in (True, False):
        of_kind = [
            element if element is not None and (element.name is None) is is_bare else Element("")
            for element in elements
        ]
        weights = [0.0 if element.weight else None for element in of_kind]
        columns = {Field.TICKER: [element.ticker for element in of_kind]}
        if not is_bare:
            columns[Field.NAME] = [element.name or "" for element in of_kind]
        has_weights = any(weight is not None for weight in weights)
        numbers = {Field.WEIGHT: weights} if has_weights else {}
        rows = FileColumns(range(len(of_kind)), columns, numbers=numbers)
        verdicts |= dict(by_ticker(rows, catalog))
    return verdicts


def read_stock(text: str, catalog: Catalog, exchange: str | None = None) -> str:
    """Return the canonical symbol of a stock in the old store. Raise SymbolError.

    A ticker on an exchange that the catalogue does not know is not a symbol, because it must not
    pass for a US stock.
    """
    if exchange is None or exchange.upper() in _HOME:
        return read_symbol(text, catalog)
    market = catalog.exchange_printed(exchange)
    if market is None or not market.listed:
        raise SymbolError(f"{text!r} is on the unknown exchange {exchange!r}")
    local, dot, suffix = text.strip().rpartition(".")
    if dot and suffix.upper() in (market.yahoo, market.mic, *market.reuters):
        text = local
    if market.us:
        return parse_symbol(text, catalog.share_classes)
    return foreign_symbol(text, market)


def _number(text: str | None) -> float | None:
    """Return the number in a text; None if there is none."""
    try:
        return None if text is None else parse_number(text)
    except ValueError:
        return None


def _weigh(members: Members, printed: list[str]) -> None:
    """Convert the printed weights to fractions; report and leave out what is not a number."""
    notation = find_notation([printed])
    texts = printed if notation is None else [text.translate(notation) for text in printed]
    figures, errors = parse_numbers(texts)
    members.unread_weights = [
        f"the weight of {members.refs[place].symbol} is not a number: {printed[place]!r}"
        for place in errors
    ]
    percent = any("%" in text for text in printed)
    lines, numbers = range(1, len(figures) + 1), {Field.WEIGHT: figures}
    weights = weigh(FileColumns(lines, {}, percent=percent, typed=True, numbers=numbers))
    members.weights = weights.values
    members.unit = weights.unit
    members.weight_sum = weights.printed_sum
    if weights.printed_sum is not None and not LOWEST_SUM <= weights.printed_sum <= HIGHEST_SUM:
        members.notes.append(
            f"the weights, read as {weights.unit}s, sum to {weights.printed_sum:.4g}"
        )


def _refuse(members: Members, line: int, element: Element, reason: str) -> None:
    if not element.ticker:
        reason = f"{(element.name or '')[:_LONGEST_SHOWN]!r} has no ticker"
    members.lines.append(
        ReceiptLine(line, Category.REJECTED, reason, element.ticker or None, element.name, None)
    )


def iterate_shown(refused: list[str], most: int) -> Iterator[str]:
    """Yield the first reasons, then the number of the others."""
    yield from refused[:most]
    if len(refused) > most:
        yield f"and {len(refused) - most} more"
