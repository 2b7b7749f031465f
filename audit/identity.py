"""Which symbols are one stock, and which are two: changes of hands, one by one."""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from pathlib import Path
from typing import NamedTuple

from audit.claims import YES, Claim, Kind, Verdict, Witness, squash, yes_no
from audit.evidence import Evidence
from audit.registers import History
from audit.stocks import (
    Book,
    Seen,
    read_fails,
    read_maps,
    read_named,
    read_named_stays,
    read_registrants,
    read_vanguard,
    same_name,
)
from stockgroups import Database
from stockgroups.model import Alias, Tenure

_NEVER = dt.date.min
LATER = "history in a later ticker"
"""The kind of an event by which a stock got a ticker that a history writes before."""
EVENTS = Path(__file__).parent / "events.csv"
NUMBER = "new number"
"""The kind of an event by which a ticker goes on with another CUSIP or SEDOL."""
NEAR = dt.timedelta(days=60)
"""How far apart two sources may date one event."""
FARTHER = tuple(dt.timedelta(days=days) for days in (0, 30, 90, 200, 400, 800))
"""How far from its day a side is asked for, until a report makes the program sure."""
_SYMBOLS = b"""
SELECT y.security_id, y.symbol, y.valid_from, y.valid_to
FROM stockgroups.security_symbols y
JOIN stockgroups.securities s ON s.id = y.security_id
WHERE s.environment = %s
ORDER BY y.security_id, y.valid_from
"""
_NUMBERS = b"""
SELECT r.symbol, n.scheme, min(u.valid_from), max(u.valid_from)
FROM stockgroups.ref_runs u
JOIN stockgroups.group_registry g ON g.id = u.group_id
CROSS JOIN LATERAL unnest(u.ref_ids) AS m (ref_id)
JOIN stockgroups.refs r ON r.id = m.ref_id
CROSS JOIN LATERAL (VALUES ('CUSIP', r.cusip), ('SEDOL', r.sedol)) AS n (scheme, code)
WHERE g.environment = %s AND r.symbol IS NOT NULL AND n.code IS NOT NULL
GROUP BY r.symbol, n.scheme, n.code
ORDER BY r.symbol, n.scheme, min(u.valid_from), max(u.valid_from)
"""
_REPORTS = b"""
SELECT y.symbol, y.security_id, min(t.first), max(t.last)
FROM stockgroups.security_symbols y
JOIN stockgroups.membership_history h ON h.security_id = y.security_id
     AND y.valid_from < h.valid_to AND h.valid_from < y.valid_to
CROSS JOIN LATERAL (
    SELECT min(s.as_of), max(s.as_of)
    FROM stockgroups.snapshots s
    WHERE s.group_id = h.group_id
      AND s.as_of >= greatest(h.valid_from, y.valid_from)
      AND s.as_of < least(h.valid_to, y.valid_to)
) AS t (first, last)
WHERE y.environment = %s AND t.first IS NOT NULL
GROUP BY y.symbol, y.security_id
ORDER BY y.symbol, min(t.first), max(t.last), y.security_id
"""


class Event(NamedTuple):
    """A change of hands: `old` until `day`, `new` from it on; one stock, or two.

    Of some events the month alone is known: then the change came after `day`, and before `done`.
    The program's own tell by `earlier` since when nothing reports the old side any more.
    """

    old: str
    new: str
    day: dt.date
    joins: bool
    kind: str
    source: str
    done: dt.date | None = None
    earlier: dt.date | None = None

    @property
    def is_lasting(self) -> bool:
        """Whether it tells of all days of a ticker before and after its own: whose it was, and is.

        A ticker that another company took is another's ever since. A history in a later ticker
        means one stock, however long before the change.
        """
        return self.keeps_ticker and (not self.joins or self.kind == LATER)

    @property
    def keeps_ticker(self) -> bool:
        """Whether the ticker is the same before and after."""
        return self.old == self.new

    def is_told_by(self, other: Event) -> bool:
        """Tell whether another event of the ticker, of a day between its own two, tells of it."""
        return (
            self.subject == other.subject
            and (other.is_lasting or (self.kind == NUMBER and other.keeps_ticker))
            and other.falls_between(self.earlier, self.day)
        )

    def falls_between(self, earlier: dt.date | None, day: dt.date) -> bool:
        """Tell whether it lies between the last report of one stock and the first of another."""
        return earlier is not None and earlier <= self.day <= day

    @property
    def subject(self) -> str:
        """The symbols, as the claim names them."""
        return f"{self.old} → {self.new}"


def read_events(path: Path = EVENTS) -> list[Event]:
    """Return the events of the hand-made list."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Event(
                row["old"],
                row["new"],
                dt.date.fromisoformat(f"{row['day']}-01"[:10]),
                row["one_stock"] == YES,
                row["kind"],
                row["source"],
                _next_month(row["day"]) if len(row["day"]) == len("2025-01") else None,
            )
            for row in csv.DictReader(file)
        ]


class Side(NamedTuple):
    """A symbol on one side of an event: asked on a day, else further off in that direction."""

    symbol: str
    day: dt.date
    direction: int


def _before(event: Event) -> Side:
    return Side(event.old, (event.earlier or event.day) - dt.timedelta(days=1), -1)


def _after(event: Event) -> Side:
    return Side(event.new, event.done or event.day, 1)


def _next_month(text: str) -> dt.date:
    year, month = map(int, text.split("-"))
    return dt.date(year + month // 12, month % 12 + 1, 1)


def find_events(
    db: Database, evidence: Evidence, events: Iterable[Event]
) -> list[tuple[Event, str]]:
    """Return the events that are asked: those by hand, its own, and those of registers."""
    own = list(_own_events(db))
    # What the program finds between two reports is asked in the place of what is known of it.
    events = [event for event in events if not any(one.is_told_by(event) for one in own)]
    known_symbols = {squash(row[1]) for row in db.connection.execute(_SYMBOLS, (db.environment,))}
    by_pair = defaultdict(list)
    for event in events:
        by_pair[event.old, event.new].append(event.day)
    found = [
        *((event, f"by hand: {event.kind}") for event in events),
        *((event, "found by the program") for event in own),
        *(
            (event, "found by registers")
            for event in _register_events(evidence.folder)
            if {event.old, event.new} <= known_symbols
        ),
    ]
    chosen: list[tuple[Event, str]] = []
    for event, stratum in found:
        known = by_pair[event.old, event.new]
        if not stratum.startswith("by hand"):
            if any(_is_known(event, day) for day in known):
                continue
            known.append(event.day)
        chosen.append((event, stratum))
    return chosen


def _is_known(event: Event, day: dt.date) -> bool:
    """Tell whether an event of a register or of the program is one of a day that is known.

    A change of ticker is found with the first report of the new one, which may come late.
    """
    late = NEAR if event.keeps_ticker else FARTHER[-1]
    return -NEAR <= event.day - day <= late


def _own_events(db: Database) -> Iterator[Event]:
    """Yield the changes of symbols, tickers of two stocks and new numbers that the program has."""
    symbols: defaultdict[int, list[tuple[str, dt.date, dt.date]]] = defaultdict(list)
    for security, symbol, start, end in db.connection.execute(_SYMBOLS, (db.environment,)):
        symbols[security].append((symbol, start, end))
    for spans in symbols.values():
        for (old, _, end), (new, _, _) in pairwise(spans):
            if _is_ticker(old) and _is_ticker(new):
                yield Event(old, new, end, True, "rename", "the program")
    reports = db.connection.execute(_REPORTS, (db.environment,))
    for (symbol, _, _, last), (other, _, first, _) in pairwise(reports):
        if symbol == other and _is_ticker(symbol):
            # Both may be reported at one time: two classes.
            earlier = min(last + dt.timedelta(days=1), first)
            kind = "ticker of two stocks"
            yield Event(symbol, symbol, first, False, kind, "the program", earlier=earlier)
    numbers = db.connection.execute(_NUMBERS, (db.environment,))
    for one, two in pairwise(numbers):
        (symbol, scheme, _, last), (other, same, first, _) = one, two
        if (symbol, scheme) == (other, same) and last < first and _is_ticker(symbol):
            earlier = last + dt.timedelta(days=1)
            yield Event(symbol, symbol, first, True, NUMBER, "the program", earlier=earlier)


def _is_ticker(symbol: str) -> bool:
    """Tell a US ticker from an ISIN and from a symbol with a market."""
    return len(symbol) <= 6 and ".X" not in symbol


def _register_events(folder: Path) -> Iterator[Event]:
    """Yield each change of ticker that the fails-to-deliver files and maps show."""
    by_cusip: defaultdict[str, list[tuple[dt.date, str, str]]] = defaultdict(list)
    for symbol, every in read_fails(folder).items():
        for seen in every:
            if seen.code:
                by_cusip[seen.code].append((seen.day, symbol, seen.place))
    for entries in by_cusip.values():
        ordered = sorted(entries)
        for (_, old, _), (day, new, place) in pairwise(ordered):
            if old != new:
                yield Event(old, new, day, True, "rename", place)
    for step in read_maps(folder):
        yield Event(step.old, step.new, step.day, True, "rename", step.place)


def find_numbered(
    evidence: Evidence, chosen: Iterable[tuple[Event, str]]
) -> list[tuple[Event, str]]:
    """Return the events of which Vanguard's files have both sides."""
    book = read_vanguard(evidence.folder)
    return [
        (event, stratum)
        for event, stratum in chosen
        if any(seen.day <= _before(event).day for seen in book.get(squash(event.old), ()))
        and any(seen.day >= event.day for seen in book.get(squash(event.new), ()))
    ]


def answer(db: Database, chosen: Sequence[tuple[Event, str]]) -> Iterator[Claim]:
    """Yield a claim for each event of which the program knows both sides."""
    known = _ask(
        db,
        {side for event, _ in chosen for side in (_before(event), _after(event))},
    )
    for event, stratum in chosen:
        before, after = known.get(_before(event)), known.get(_after(event))
        if before is not None and after is not None:
            spellings = frozenset({squash(event.old), squash(event.new)})
            joins = yes_no(before == after)
            yield Claim(
                Kind.IDENTITY,
                event.kind,
                event.subject,
                event.day,
                joins,
                stratum,
                spellings,
                event.earlier,
            )


def _ask(db: Database, sides: set[Side]) -> dict[Side, int]:
    """Return the stock that each side means, on the nearest day on which the program is sure."""
    known: dict[Side, int] = {}
    for away in FARTHER:
        by_day: defaultdict[dt.date, list[Side]] = defaultdict(list)
        for side in sorted(sides - known.keys()):
            by_day[side.day + side.direction * away].append(side)
        for day, of_day in by_day.items():
            found = db.resolve([side.symbol for side in of_day], day)
            for side, answer in zip(of_day, found, strict=True):
                if answer.security_id is not None and answer.confidence == "high":
                    known[side] = answer.security_id
    return known


class IdentityWitnesses:
    """The hand-made list, CUSIPs, SEDOLs and names by date, and another history's stays."""

    def __init__(
        self,
        evidence: Evidence,
        events: Iterable[Event],
        aliases: Iterable[Alias],
        tenures: Mapping[str, Iterable[Tenure]],
        without: Iterable[Claim] = (),
    ) -> None:
        """Read the registers of a folder; on aliases and tenures the answers rest.

        `without` are the answers of an environment that has no files of Vanguard.
        """
        self._events = list(events)
        self._aliases = list(aliases)
        self._tenures = tenures
        self._without = frozenset(without)
        self._vanguard = read_vanguard(evidence.folder)
        self._named_stays = read_named_stays(evidence.folder)
        self._fails = read_fails(evidence.folder)
        self._last: dict[str | None, dt.date] = {}
        for entries in chain(self._fails.values(), self._vanguard.values()):
            for seen in entries:
                self._last[seen.code] = max(seen.day, self._last.get(seen.code, _NEVER))
        self._registrants = read_registrants(evidence.folder)
        self._named = read_named(evidence.folder)
        self._steps = list(read_maps(evidence.folder))
        self._history = next(
            (one for one in evidence.histories["sp500"] if "constitution" in one.source), None
        )

    def by_hand(self, claim: Claim) -> Iterator[Verdict]:
        """Say what the list by hand has of the event, with its document.

        What shipped aliases and tenures say of it too is the same fact, which took part.
        """
        if self._takes_part(claim, ""):
            return
        claimed = Event(*_symbols(claim), claim.day, True, claim.group, "", earlier=claim.earlier)
        matching = [
            event
            for event in self._events
            if event.subject == claim.subject
            and (abs(event.day - claim.day) <= NEAR or claimed.is_told_by(event))
        ]
        if matching:  # of several changes one of hands decides
            event = min(matching, key=lambda event: event.joins)
            yield _say(claim, "by hand", event.joins, event.source)

    def by_cusip(self, claim: Claim) -> Iterator[Verdict]:
        """Say whether both sides had one CUSIP in the fails files, or two at one time."""
        yield from self._by_number(claim, self._fails, "the SEC's fails", "CUSIP")

    def by_sedol(self, claim: Claim) -> Iterator[Verdict]:
        """Say whether both sides had one SEDOL in Vanguard's files, or two at one time.

        It is asked where the answer is the same without these files, which then took no part.
        """
        if claim in self._without:
            yield from self._by_number(claim, self._vanguard, "Vanguard", "SEDOL")

    def _by_number(self, claim: Claim, book: Book, source: str, scheme: str) -> Iterator[Verdict]:
        before, after = self._sides(book, claim)
        for one in before:
            for two in after:
                text = f"{one.place}, {two.place}"
                if one.code == two.code:
                    yield _say(claim, source, True, f"{scheme} {one.code}: {text}")
                    return
        late = [one for one in before if self._last.get(one.code, _NEVER) >= claim.day]
        if late and after:
            text = f"{scheme} {late[-1].code} goes on beside {after[0].code}"
            yield _say(claim, source, False, text)

    def by_registrant(self, claim: Claim) -> Iterator[Verdict]:
        """Say whether the SEC's lists have both tickers under one registrant, or under two.

        They are loaded. But where an alias from another source joins, they are not asked. Another
        number alone says nothing: a new holding company is a new registrant.
        """
        pair = _symbols(claim)
        if not any(
            pair == (alias.old, alias.new)
            and abs(alias.effective - claim.day) <= NEAR
            and "SEC's lists" not in alias.source
            for alias in self._aliases
        ):
            return
        before, after = self._sides(self._registrants, claim)
        if before and after:
            one, two = before[-1], after[0]
            text = f"CIK {one.code} and {two.code}: {one.place}, {two.place}"
            if one.code == two.code or same_name(one.name or "", two.name or "") is False:
                yield _say(claim, "the SEC's lists", one.code == two.code, text)

    def by_name(self, claim: Claim) -> Iterator[Verdict]:
        """Say whether both sides have one name, where a publisher names both."""
        for source, book in self._named.items():
            before, after = self._sides(book, claim)
            if before and after and len(claim.spellings) > 1:  # who takes a ticker takes the name
                one, two = before[-1], after[0]
                text = same_name(one.name or "", two.name or "")
                if text:
                    yield _say(claim, source, True, f"{one.name}: {one.place}, {two.place}")

    def by_map(self, claim: Claim) -> Iterator[Verdict]:
        """Say whether a map of one security has the change."""
        if self._takes_part(claim, "map of symbols"):
            return
        for step in self._steps:
            if f"{step.old} → {step.new}" == claim.subject and abs(step.day - claim.day) <= NEAR:
                yield _say(claim, "maps of symbols", True, step.place)
                return

    def by_history(self, claim: Claim) -> Iterator[Verdict]:
        """Say whether a history in today's symbols has the new one over the day of the change."""
        old, new = map(squash, _symbols(claim))
        if self._history is None or old == new or self._takes_part(claim, "histor"):
            return
        days = claim.day - NEAR, claim.day + NEAR
        olds, news = (
            [_covers(self._history, symbol, day) for day in days] for symbol in (old, new)
        )
        if all(news) and not any(olds):
            text = f"{self._history.file}: {new} on both sides of the day"
            yield _say(claim, self._history.source, True, text)

    def by_stays(self, claim: Claim) -> Iterator[Verdict]:
        """Say whether another history has two members under the ticker, one of which ends here.

        It writes later tickers, so that two stays may be at one time. Else their names tell.
        """
        old, new = map(squash, _symbols(claim))
        if old != new:
            return
        since = (claim.earlier or claim.day) - NEAR
        every = self._named_stays.get(old, ())
        for one in every:
            for two in every:
                if (
                    one is not two
                    and since <= one.end <= claim.day + NEAR
                    and two.start <= claim.day < two.end
                    and (two.start < one.end or same_name(one.name, two.name) is False)
                ):
                    text = f"{one.name}: {one.place}, {two.name}: {two.place}"
                    yield _say(claim, one.source, False, text)
                    return

    def _takes_part(self, claim: Claim, source: str) -> bool:
        """Tell whether the catalogue says the same of the event, by a source of such a name."""
        old, new = _symbols(claim)
        return any(
            tenure.since < claim.day < tenure.until and source in tenure.source
            for tenure in (self._tenures.get(old, ()) if old == new else ())
        ) or any(
            {old, new} & {alias.old, alias.new}
            and (old == new or (old, new) == (alias.old, alias.new))
            and (claim.earlier or claim.day) - NEAR <= alias.effective <= claim.day + NEAR
            and source in alias.source
            for alias in self._aliases
        )

    def _sides(self, book: Book, claim: Claim) -> tuple[list[Seen], list[Seen]]:
        old, new = map(squash, _symbols(claim))
        until = claim.earlier or claim.day  # who takes a ticker may do so long before its report
        before = [seen for seen in book.get(old, ()) if seen.day < until]
        after = [seen for seen in book.get(new, ()) if seen.day >= claim.day]
        return before, after


def _symbols(claim: Claim) -> tuple[str, str]:
    """Return the symbols of an event's two sides."""
    old, new = claim.subject.split(" → ")
    return old, new


def _covers(history: History, symbol: str, day: dt.date) -> bool:
    said = history.says(day, frozenset({symbol}))
    return bool(said and said.is_member)


def _say(claim: Claim, source: str, joins: bool, place: str) -> Verdict:
    word = "one stock" if joins else "two stocks"
    return Verdict(source, (claim.answer == YES) == joins, f"{word} ({place})")


def witnesses(
    evidence: Evidence,
    events: Iterable[Event],
    aliases: Iterable[Alias],
    tenures: Mapping[str, Iterable[Tenure]],
    without: Iterable[Claim] = (),
) -> list[Witness]:
    """Return who speaks of events, and took no part in answers that rest on the catalogue."""
    found = IdentityWitnesses(evidence, events, aliases, tenures, without)
    return [
        found.by_hand,
        found.by_cusip,
        found.by_sedol,
        found.by_registrant,
        found.by_name,
        found.by_map,
        found.by_history,
        found.by_stays,
    ]
