"""Resolve texts to stocks: symbols in any spelling, former symbols, identifiers.

It takes a few statements, whatever the number of texts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.db.transactions import reading
from stockgroups.queries.knowledge import Knowledge
from stockgroups.queries.readings import (
    IDENTIFIERS,
    Method,
    Reading,
    compact_word,
    explain_identifier,
    read_text,
    squeeze_identifier,
)
from stockgroups.queries.registrants import explain_unregistered, find_registered
from stockgroups.queries.resolutions import Candidate, Confidence, Resolution, Resolutions
from stockgroups.symbols.grammar import is_exchange_traded

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from stockgroups.catalog import Catalog
    from stockgroups.store import Store


def resolve(store: Store, texts: Iterable[str], as_of: dt.date | None = None) -> Resolutions:
    """Return what each of the texts means on a day (None: today), in their order.

    A text is a symbol in any spelling, or an ISIN, CUSIP, SEDOL or FIGI. Symbols and identifiers
    are looked up in the environment's own sources, then in the symbol directories. Any other text
    may be a registrant's number (CIK), a fund's series or class, or a whole name, by the SEC's
    lists. A guess is never an answer: see `Confidence`.
    """
    requested = list(texts)
    readings = {text: read_text(text, store.catalog) for text in dict.fromkeys(requested)}
    with reading(store.connection):
        known = Knowledge(store, readings, as_of)
        answers = {
            text: answer_text(text, found, known, store.catalog) for text, found in readings.items()
        }
        lost = [text for text, found in answers.items() if _is_lost(found)]
        answers |= _answer_registered(store, lost, as_of) if lost else {}
    return Resolutions(answers[text] for text in requested)


def _is_lost(found: Resolution) -> bool:
    return found.confidence is Confidence.NONE and not found.candidates


def _answer_registered(
    store: Store, texts: Sequence[str], as_of: dt.date | None
) -> dict[str, Resolution]:
    """Return the answers for texts that only the SEC's lists can know: today's owners."""
    registered = find_registered(store, texts)
    symbols = {symbol for found in registered.values() for symbol in found.symbols}
    readings = {symbol: [Reading(Method.EXACT, symbol)] for symbol in symbols}
    known = Knowledge(store, readings, as_of)
    answers = {}
    for text, (method, several, entry) in registered.items():
        held = _distinct(
            known.candidate(held, method) for s in several for held in known.owners_today(s)
        )
        listed = [Candidate(symbol, symbol, None, method) for symbol in several]
        candidates = held or listed
        # A filing of the series is recorded under its ETF's ticker too, whatever its other classes.
        etfs = [one for one in candidates if is_exchange_traded(one.current_symbol)]
        is_etf = method is Method.SERIES and len(etfs) == 1 < len(candidates)
        found = _choose(text, etfs if is_etf else candidates, candidates, Confidence.MEDIUM)
        why = f"{found.symbol} is the class that is an ETF" if is_etf else found.why
        answers[text] = found._replace(why="; ".join(filter(None, (entry, why))))
    for text in texts:
        if text not in registered and (reason := explain_unregistered(text)):
            answers[text] = _no_answer(text, Method.NONE, reason)
    return answers


def _no_answer(text: str, method: Method, why: str) -> Resolution:
    return Resolution(text, None, None, None, method, Confidence.NONE, why=why)


def _refuse(text: str) -> Resolution:
    """Return the answer for a text that is neither a symbol nor an identifier."""
    why = (
        explain_identifier(text)
        or "it is not a symbol in any spelling, nor an identifier, nor a name in the SEC's lists"
    )
    return _no_answer(text, Method.NONE, why)


def answer_text(
    text: str, readings: Sequence[Reading], known: Knowledge, catalog: Catalog
) -> Resolution:
    """Return what a text with these readings means on the knowledge's day."""
    if not readings:
        return _refuse(text)
    if readings[0].method in IDENTIFIERS:
        return _answer_identifier(text, readings, known, catalog)
    first = readings[0]
    if len(readings) == 1 and len(known.owners.get(first.value, ())) == 1:  # nearly every text
        held = known.owner(first.value)
        if held is not None and not known.why_unsure(first.value, held):
            return Resolution(text, *known.candidate(held, first.method), Confidence.HIGH)
    readings = _with_dotted(text, readings, known)
    own = [
        (one, held) for one in readings for held in (known.owner(one.value),) if held is not None
    ]
    listed = [
        Candidate(one.value, one.value, None, _by_directory(one))
        for one in readings
        if one.value in known.listed
    ]
    other = [
        known.candidate(held, Method.FORMER if held.valid_to <= known.day else Method.LATER)
        for one in readings
        for held in known.owners.get(one.value, ())
        if held is not known.owner(one.value)
    ]
    held_now = _distinct(known.candidate(held, one.method) for one, held in own)
    others = _distinct([*held_now, *other, *listed])
    if held_now:
        sure = held_now[0].method is not Method.CLASS_TABLE and len(held_now) == 1
        unsure = next(filter(None, (known.why_unsure(one.value, held) for one, held in own)), None)
        if unsure:
            found = _choose(text, held_now, others, Confidence.LOW)
            return found._replace(why=found.why or unsure)
        return _choose(text, held_now, others, Confidence.HIGH if sure else Confidence.MEDIUM)
    former = _distinct(one for one in other if one.method is Method.FORMER)
    if former:
        # The one that is shown under the symbol to this day cannot be named in another way.
        symbols = {one.value for one in readings}
        shown = [one for one in former if one.current_symbol in symbols]
        certainty = Confidence.LOW if listed else Confidence.MEDIUM
        found = _choose(text, shown or former, others, certainty)
        taken = (
            "the stock had this symbol before; a symbol directory lists it for another stock now"
        )
        return found._replace(why=found.why or taken) if listed else found
    if other and not listed:
        found = _choose(text, _distinct(other), others, Confidence.LOW)
        unknown = f"the stock got this symbol later: no source says which stock {text} was then"
        return found._replace(why=found.why or unknown)
    if listed:
        return _choose(text, listed, others, Confidence.HIGH)
    return _no_answer(text, Method.NONE, known.why_unheld)


def _with_dotted(text: str, readings: Sequence[Reading], known: Knowledge) -> Sequence[Reading]:
    """Return the readings, with what directories list for a symbol without its dot.

    A directory comes before the table of classes. A symbol that a stock has is no other's spelling.
    """
    dotted = known.dotted.get(compact_word(text) or "")
    if dotted is None:
        return readings
    rest = [one for one in readings if one.value not in (dotted, readings[0].value)]
    return [Reading(Method.DIRECTORY, dotted), *rest]


def _by_directory(one: Reading) -> Method:
    return Method.DIRECTORY if one.method is Method.EXACT else one.method


def _answer_identifier(
    text: str, readings: Sequence[Reading], known: Knowledge, catalog: Catalog
) -> Resolution:
    """Return the security that has the identifier; of several listings, the home listing."""
    one = next((one for one in readings if known.identified.get(one)), None)
    if one is None:
        listed = next((known.registered[o] for o in readings if o in known.registered), None)
        if listed:
            why = f"{listed}, and no group held that stock then"
        else:
            why = known.explain_nameless(readings) or known.why_unheld
        return _no_answer(text, readings[0].method, why)
    if one in known.registered:
        candidates = [known.candidate(h, Method.REGISTER) for h in known.identified[one].values()]
        found = _choose(text, candidates, candidates, Confidence.MEDIUM)
        return found._replace(why="; ".join(filter(None, (known.registered[one], found.why))))
    in_full = one.value == squeeze_identifier(text)
    candidates = [known.candidate(held, one.method) for held in known.identified[one].values()]
    if len(candidates) == 1:
        sure = Confidence.HIGH if in_full else Confidence.MEDIUM
        return Resolution(text, *candidates[0], sure)
    candidates.sort(key=lambda candidate: candidate.current_symbol)
    home = [c for c in candidates if _country(c.current_symbol, catalog) == one.value[:2]]
    if one.method is Method.ISIN and len(home) == 1:
        return Resolution(text, *home[0], Confidence.MEDIUM, tuple(candidates))
    return _choose(text, candidates, candidates, Confidence.NONE)


def _country(symbol: str, catalog: Catalog) -> str:
    exchange = catalog.exchanges.get(symbol.rpartition(".")[2]) if "." in symbol else None
    return exchange.country if exchange is not None else "US"


def _choose(
    text: str,
    best: Sequence[Candidate],
    candidates: Sequence[Candidate],
    confidence: Confidence,
) -> Resolution:
    """Return the single best candidate; if several are equal, all candidates and no answer."""
    several = tuple(candidates) if len(candidates) > 1 else ()
    if len(best) == 1:
        return Resolution(text, *best[0], confidence, several)
    method = best[0].method if len({one.method for one in best}) == 1 else Method.NONE
    why = f"it may be {' or '.join(one.current_symbol for one in best)}: name one of them"
    return Resolution(text, None, None, None, method, Confidence.NONE, several, why)


def _distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return each candidate once, by security, else by symbol."""
    found: dict[object, Candidate] = {}
    for one in candidates:
        found.setdefault(one.security_id or one.current_symbol, one)
    return list(found.values())
