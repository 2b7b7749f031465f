"""The other stocks of a stock's company: its other classes, listings, ADR and home share."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import reading
from stockgroups.identity.evidence import US, market_of
from stockgroups.identity.names import Likeness, compare_all
from stockgroups.json_values import Fields
from stockgroups.queries.frames import Kind, Tabular, kinds_of
from stockgroups.queries.identified import explain_unidentified
from stockgroups.queries.missing import explain_missing_stock
from stockgroups.queries.readings import IDENTIFIERS
from stockgroups.queries.resolve import resolve
from stockgroups.store import Store, execute
from stockgroups.symbols import is_canonical
from stockgroups.symbols.identifiers import ISSUER_LENGTH, cusip_of_isin, valid_cusip, valid_isin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_SQL = load_statements("related")
_WORDS = re.compile(r"[A-Z0-9]+")
_RECEIPTS = frozenset({"ADR", "ADRS", "ADS", "DEPOSITARY", "SPONSORED", "SPON", "REPRESENTING"})
# Legal forms and kinds of paper, which files print for one listing and not for another.
_FORMS = _RECEIPTS | frozenset(
    """
    A AB AG B C CLASS CO COM COMMON COMPANY CORP CORPORATION INC INCORPORATED LIMITED LTD NV ORD
    ORDINARY PLC REG REP RECEIPT RECEIPTS SA SE SERIES SHARE SHARES SP SPA STOCK THE
    """.split()  # noqa: SIM905 - a list of words reads better in words
)
_FEWEST_WORDS = 2
"""The fewest words of a short name that matches the beginning of a longer one."""


class Relation(StrEnum):
    """How one stock is related to another."""

    SHARE_CLASS = "share class"
    SAME_ISSUER = "same issuer"
    LISTING = "other listing"
    ADR = "ADR"
    HOME_SHARE = "home share"


@dataclass(frozen=True, slots=True)
class Related(Fields):
    """A stock of the same company. `security_id` is None if only a directory lists it.

    `is_sure` is False if only the name says so, because two companies may share a name, or only the
    ISIN says so and the names are wholly different.
    """

    symbol: str
    security_id: int | None
    relation: Relation
    why: tuple[str, ...]
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class RelatedAnswer(Tabular):
    """All that is related to one stock, by symbol."""

    ROWS = "related"
    KINDS: ClassVar[Mapping[str, Kind]] = kinds_of(Related)

    symbol: str
    security_id: int
    names: tuple[str, ...]
    related: tuple[Related, ...]


@dataclass(slots=True)
class _Profile:
    """What the refs of a security report."""

    symbol: str
    cusips: set[str] = field(default_factory=set)
    isins: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)

    def add(self, cusip: str | None, isin: str | None, name: str | None) -> None:
        """Add the valid parts of one ref."""
        isin = valid_isin(isin)
        inside = cusip_of_isin(isin) if isin else None
        self.isins |= {isin} if isin else set()
        self.cusips |= {value for value in (valid_cusip(cusip), inside) if value}
        self.names |= {name} if name else set()

    @property
    def issuers(self) -> set[str]:
        """The issuers' part of the CUSIPs."""
        return {cusip[:ISSUER_LENGTH] for cusip in self.cusips}

    @property
    def is_receipt(self) -> bool:
        """Whether a ref says that it is a receipt for shares at home."""
        return any(_RECEIPTS & set(_words(name)) for name in self.names)


def find_related(store: Store, text: str) -> RelatedAnswer:
    """Return the other stocks of a stock's company, each with the evidence.

    Classes are found by the issuer in their CUSIPs, the symbols' root, or the SEC's registrant and
    the name (a registrant also has notes and preferreds). Other listings are found by an ISIN. ADR
    and home share have no common identifier and are found by their name alone. Raises NotFoundError
    for a text that means no held stock, or several.
    """
    found = resolve(store, [text])[0]
    if found.security_id is None or found.current_symbol is None:
        symbol = found.symbol or text.strip().upper()
        if found.candidates or found.method in IDENTIFIERS or not is_canonical(symbol):
            raise explain_unidentified(found)
        raise explain_missing_stock(store, symbol)
    with reading(store.connection):
        return _Search(store, found.current_symbol, found.security_id).answer()


class _Search:
    """The stocks related to one security, gathered from the tables."""

    def __init__(self, store: Store, symbol: str, security_id: int) -> None:
        self._store = store
        self._id = security_id
        self._own = self._read_profiles({security_id: symbol})[security_id]

    def answer(self) -> RelatedAnswer:
        """Return the related stocks, sorted by relation and symbol."""
        registrants, unheld = self._find_registrants()
        kin = self._find_kin()
        related = list(unheld)
        for number in kin.keys() | registrants.keys():
            symbol, why = registrants.get(number, (None, None))
            profile = kin.get(number) or _Profile(symbol or "")
            one = self._judge(number, profile, why)
            related += [one] if one else []
        related.sort(key=lambda one: (list(Relation).index(one.relation), one.symbol))
        return RelatedAnswer(
            self._own.symbol, self._id, tuple(sorted(self._own.names)), tuple(related)
        )

    def _find_registrants(self) -> tuple[dict[int, tuple[str, str]], list[Related]]:
        """Return the registrant's held securities with the reason, and the merely listed ones."""
        held: dict[int, tuple[str, str]] = {}
        unheld: list[Related] = []
        for symbol, cik, number in execute(
            self._store, _SQL["find_registrant"], symbol=self._own.symbol
        ):
            why = f"one registrant at the SEC: {cik}"
            if number is None:
                unheld.append(Related(symbol, None, Relation.SAME_ISSUER, (why,)))
            else:
                held[number] = (symbol, why)
        return held, unheld

    def _find_kin(self) -> dict[int, _Profile]:
        words = [word for name in sorted(self._own.names) for word in _plain_words(name)[:1]]
        rows = execute(
            self._store,
            _SQL["find_kin"],
            security_id=self._id,
            isins=sorted(self._own.isins),
            issuers=sorted(self._own.issuers),
            root=_root(self._own.symbol) or self._own.symbol,
            word=words[0] if words else "\x1f",
        )
        return self._read_profiles(dict(rows))

    def _read_profiles(self, symbols: dict[int, str]) -> dict[int, _Profile]:
        """Return the profiles of securities, given by their numbers with their symbols."""
        found = {number: _Profile(symbol) for number, symbol in symbols.items()}
        rows = self._store.connection.execute(_SQL["find_refs_of"], {"security_ids": list(found)})
        for number, *fields in rows:
            found[number].add(*fields)
        return found

    def _judge(self, number: int, other: _Profile, registrant: str | None) -> Related | None:
        """Return how the other stock is related and why; None if only a word of the name agrees."""
        own = self._own
        why: dict[Relation, list[str]] = defaultdict(list)
        is_abroad = market_of(own.symbol) != market_of(other.symbol)
        for isin in sorted(own.isins & other.isins):
            why[Relation.LISTING].append(f"one ISIN: {isin}")
        is_listing = Relation.LISTING in why
        # A misprinted ISIN joins two companies: alone it is no proof under wholly unlike names.
        is_doubtful = is_listing and compare_all(own.names, other.names) is Likeness.UNLIKE
        is_class = _is_share(other.symbol) and (
            own.issuers & other.issuers
            or _root(own.symbol) == _root(other.symbol) is not None
            or _name_one(own.names, other.names)
        )
        kind = Relation.SHARE_CLASS if is_class else Relation.SAME_ISSUER
        for issuer in sorted(own.issuers & other.issuers):
            why[kind].append(f"one issuer in the CUSIP: {issuer}")
        if registrant:
            why[kind].append(registrant)
        root = _root(own.symbol)
        if root is not None and root == _root(other.symbol):
            why[kind].append(f"one root of the symbol: {root}")
        reasons = tuple(reason for several in why.values() for reason in several)
        if reasons:
            relation = Relation.LISTING if is_abroad and is_listing else kind
            if is_doubtful and len(reasons) == len(why[Relation.LISTING]):
                names = f"unlike names: {min(own.names)}, {min(other.names)}"
                return Related(other.symbol, number, relation, (*reasons, names), is_sure=False)
            return Related(other.symbol, number, relation, reasons)
        if not is_abroad:
            return None
        by_name = (f"one name: {min(other.names)}",) if other.names else ()
        if own.is_receipt != other.is_receipt:
            relation = Relation.HOME_SHARE if own.is_receipt else Relation.ADR
            is_one = _name_one(own.names, other.names, shortened=True)
        else:
            relation = Relation.LISTING
            is_one = _name_one(own.names, other.names)
        return Related(other.symbol, number, relation, by_name, is_sure=False) if is_one else None


def _is_share(symbol: str) -> bool:
    """Return whether a symbol is a share's, and not a preferred's, a warrant's or the like."""
    suffix = symbol.partition(".")[2]
    return market_of(symbol) == US and len(suffix) <= 1 and suffix != "U"


def _root(symbol: str) -> str | None:
    """Return the part of a US symbol before its suffix; None for a listing elsewhere."""
    return symbol.partition(".")[0] if market_of(symbol) == US else None


def _words(name: str) -> list[str]:
    return _WORDS.findall(name.upper())


def _plain_words(name: str) -> list[str]:
    return [word for word in _words(name) if word not in _FORMS]


def _name_one(mine: Iterable[str], theirs: Iterable[str], *, shortened: bool = False) -> bool:
    """Return whether names have the same words; with `shortened`, one may be cut after two or more.

    The names of receipts are cut, because the words for the receipt take up space.
    """
    others = [_plain_words(name) for name in theirs]
    for name in mine:
        words = _plain_words(name)
        for other in others:
            length = min(len(words), len(other))
            if words and words == other:
                return True
            if shortened and length >= _FEWEST_WORDS and words[:length] == other[:length]:
                return True
    return False
