"""The members that an entry lists, in every shape in which lists were written.

An element is a symbol or an object with one; the whole may be an object from symbol to weight.
Each is accounted for: member, merged duplicate, blank, or refused with a reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.errors import SymbolError
from stockgroups.model import Category, Receipt, ReceiptLine, Ref
from stockgroups.sources.legacy.values import fold_keys, unwrap
from stockgroups.sources.numbers import parse_number, parse_numbers
from stockgroups.sources.weights import ACCEPT_WEIGHTS, HIGHEST_SUM, LOWEST_SUM, weigh
from stockgroups.symbols import foreign_symbol, parse_symbol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stockgroups.catalog import Catalog, Exchange

MOST_MEMBERS = 100_000

_SYMBOL_KEYS = ("symbol", "ticker", "code", "stock", "holding_ticker", "stock_symbol")
_NAME_KEYS = ("name", "company", "company_name", "security", "security_name", "description")
_WEIGHT_KEYS = ("weight", "weighting", "allocation", "portfolio_weight")
_PERCENT = re.compile(r"%|\bpercent|percent\b|(?:^|_)pct(?:_|$)|percentage")
_SHARE_KEYS = ("shares", "quantity", "shares_held")
_TEXT_KEYS = {
    "cusip": ("cusip",),
    "isin": ("isin",),
    "sedol": ("sedol",),
    "exchange": ("exchange", "mic", "market"),
    "country": ("country",),
    "currency": ("currency",),
}
# As programs print nothing. NAN in capitals is a stock's ticker.
_BLANKS = frozenset({"", "nan", "NaN", "None", "null", "N/A", "n/a", "-", "--"})
_NO_TEXTS = (bool, list, dict)
_LONGEST_SHOWN = 60
_PLAIN = re.compile(r"[A-Z]{1,5}")


class _Element(NamedTuple):
    """One element of a list as it was printed."""

    ticker: str
    name: str | None
    weight: str | None
    shares: float | None
    texts: dict[str, str]


@dataclass(slots=True)
class Members:
    """The members of an entry, each symbol once, and the account of all elements."""

    refs: tuple[Ref, ...] = ()
    weights: tuple[float | None, ...] | None = None
    shares: tuple[float | None, ...] | None = None
    rows: dict[Category, int] = field(default_factory=dict)
    lines: list[ReceiptLine] = field(default_factory=list)
    blanks: int = 0
    unit: str | None = None
    weight_sum: float | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def refused(self) -> list[str]:
        """What was listed and is no symbol, each with its reason."""
        return [line.reason for line in self.lines if line.category is Category.REJECTED]

    def make_receipt(self, as_of_from: str) -> Receipt:
        """Return the account of every element that was not blank."""
        return Receipt(
            rows=dict.fromkeys(Category, 0) | self.rows,
            weights=None,
            printed_weight=self.weight_sum,
            unit=self.unit,
            basis="none" if self.weights is None else "printed",
            as_of_from=as_of_from,
            lines=tuple(self.lines),
            notes=tuple(self.notes),
        )


def read_members(listed: Any, catalog: Catalog) -> Members | None:
    """Return the members of what an entry lists, or None where it is no list of any kind.

    Of a symbol that is listed twice the first counts, as where old programs inserted row by row;
    a weight that the first left out is taken from the later one.
    """
    elements = _list_elements(listed)
    if elements is None:
        return None
    members = Members()
    if len(elements) > MOST_MEMBERS:
        members.notes.append(f"of {len(elements):,} elements the first {MOST_MEMBERS:,} were read")
        del elements[MOST_MEMBERS:]
    found: dict[str, tuple[Ref, str | None, float | None]] = {}
    is_percent = False
    for line, printed in enumerate(elements, start=1):
        element = _read_element(printed)
        if element is None:
            members.blanks += 1
            continue
        is_percent = is_percent or "%" in (element.weight or "")
        try:
            symbol = read_symbol(element.ticker, catalog, element.texts.get("exchange"))
        except SymbolError as error:
            _refuse(members, line, element, error.what)
            continue
        first = found.get(symbol)
        if first is not None:
            _count(members, Category.MERGED)
            members.lines.append(
                ReceiptLine(line, Category.MERGED, f"{symbol} again", element.ticker, None, None)
            )
            found[symbol] = (first[0], first[1] or element.weight, first[2] or element.shares)
            continue
        _count(members, Category.MEMBER)
        ref = Ref(symbol, ticker=element.ticker, name=element.name, **element.texts)
        found[symbol] = (ref, element.weight, element.shares)
    members.refs = tuple(ref for ref, _, _ in found.values())
    _weigh(members, [weight for _, weight, _ in found.values()], is_percent=is_percent)
    if any(shares is not None for _, _, shares in found.values()):
        members.shares = tuple(shares for _, _, shares in found.values())
    return members


def read_symbol(text: str, catalog: Catalog, exchange: str | None = None) -> str:
    """Return the canonical symbol of what the old store calls a stock. Raise SymbolError.

    A suffix that Yahoo gives a market abroad means that market (`MC.PA` is Paris and no preferred
    share), unless the table of share classes knows the spelling.
    """
    if exchange is None and _PLAIN.fullmatch(text) and text not in catalog.share_classes:
        return text  # nearly every text
    known = catalog.exchange_printed(exchange) if exchange else None
    if known is not None and not known.us and "." not in text:
        return foreign_symbol(text, known)
    local, dot, suffix = text.strip().upper().rpartition(".")
    if dot and f"{local}{suffix}" not in catalog.share_classes:
        market = _yahoo_market(suffix, catalog)
        if market is not None:
            return foreign_symbol(local, market)
    return parse_symbol(text, catalog.share_classes)


def _yahoo_market(suffix: str, catalog: Catalog) -> Exchange | None:
    for exchange in catalog.exchanges.values():
        if exchange.yahoo == suffix and not exchange.us:
            return exchange
    return None


def _list_elements(listed: Any) -> list[Any] | None:
    """Return the elements of a list, of an object by symbol, or of a text with commas."""
    listed = unwrap(listed)
    if isinstance(listed, str):
        return [part for part in re.split(r"[,;\n]", listed) if part.strip()]
    if isinstance(listed, dict):
        return [
            {"symbol": symbol, **item}
            if isinstance(item, dict)
            else {"symbol": symbol, "weight": item}
            for symbol, item in listed.items()
        ]
    return listed if isinstance(listed, list) else None


def _read_element(printed: Any) -> _Element | None:
    """Return an element, or None for one that is blank."""
    printed = unwrap(printed)
    if isinstance(printed, list) and 0 < len(printed) <= 2:
        printed = dict(zip(("symbol", "weight"), printed, strict=False))
    if not isinstance(printed, dict):
        text = _text(printed)
        return None if text is None else _Element(text, None, None, None, {})
    layout = _lay_out(tuple(printed))
    ticker = _first(printed, layout.tickers)
    name = _first(printed, layout.names)
    if ticker is None and name is None:
        return None
    texts = {
        field_: text for field_, keys in layout.texts if (text := _first(printed, keys)) is not None
    }
    weight = _first(printed, layout.weights)
    if weight is None:
        weight = _first(printed, layout.percents)
        if weight is not None and "%" not in weight:
            weight = f"{weight}%"
    return _Element(ticker or "", name, weight, _number(_first(printed, layout.shares)), texts)


class _Layout(NamedTuple):
    """Under which keys the objects of a list say what, the likeliest first."""

    tickers: tuple[str, ...]
    names: tuple[str, ...]
    weights: tuple[str, ...]
    percents: tuple[str, ...]
    shares: tuple[str, ...]
    texts: tuple[tuple[str, tuple[str, ...]], ...]


@lru_cache(maxsize=1_000)
def _lay_out(keys: tuple[str, ...]) -> _Layout:
    """Return the layout of objects with these keys; a list of thousands has one or two."""
    folded = fold_keys({key: key for key in keys})

    def find(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(folded[name] for name in names if name in folded)

    return _Layout(
        find(_SYMBOL_KEYS),
        find(_NAME_KEYS),
        find(_WEIGHT_KEYS),
        tuple(k for name, k in folded.items() if _PERCENT.search(name) and "change" not in name),
        find(_SHARE_KEYS),
        tuple((field_, found) for field_, names in _TEXT_KEYS.items() if (found := find(names))),
    )


def _first(fields: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        text = _text(fields[key])
        if text is not None:
            return text
    return None


def _text(value: Any) -> str | None:
    """Return a printed value as text, or None for what prints nothing."""
    if isinstance(value, str):
        text = " ".join(value.split())
    elif value is None or isinstance(value, _NO_TEXTS):
        return None
    else:
        text = str(value)
    return None if text in _BLANKS else text


def _number(text: str | None) -> float | None:
    """Return the number in a text, None where it holds none."""
    try:
        return None if text is None else parse_number(text)
    except ValueError:
        return None


def _weigh(members: Members, printed: list[str | None], *, is_percent: bool) -> None:
    """Turn the printed weights into fractions; what is no number is told and left out."""
    figures, errors = parse_numbers([text or "" for text in printed])
    unread = len(errors)
    if unread:
        members.notes.append(f"{unread} weights are no numbers")
    weights = weigh(
        figures,
        None,
        percent=is_percent,
        typed=True,
        accept={ACCEPT_WEIGHTS},
        where="cache_entries",
    )
    members.weights = weights.values
    members.unit = weights.unit
    members.weight_sum = weights.printed_sum
    if weights.printed_sum is not None and not LOWEST_SUM <= weights.printed_sum <= HIGHEST_SUM:
        members.notes.append(
            f"the weights, taken as {weights.unit}s, sum to {weights.printed_sum:.4g}"
        )


def _refuse(members: Members, line: int, element: _Element, reason: str) -> None:
    shown = element.ticker or f"{element.name or ''} (no ticker)"
    _count(members, Category.REJECTED)
    members.lines.append(
        ReceiptLine(
            line,
            Category.REJECTED,
            reason if element.ticker else f"{shown[:_LONGEST_SHOWN]!r} has no ticker",
            element.ticker or None,
            element.name,
            None,
        )
    )


def _count(members: Members, category: Category) -> None:
    members.rows[category] = members.rows.get(category, 0) + 1


def iterate_shown(refused: list[str], most: int) -> Iterator[str]:
    """Yield the first reasons, and how many more there are."""
    yield from refused[:most]
    if len(refused) > most:
        yield f"and {len(refused) - most} more"
