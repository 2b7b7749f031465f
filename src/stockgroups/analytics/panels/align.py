"""`align`: a user's own rows, such as prices, joined with the securities that they mean."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple

from stockgroups.db.transactions import reading
from stockgroups.errors import UsageError
from stockgroups.json_values import write_tuple
from stockgroups.queries.frames import Answers, Kind, import_package, kinds_of
from stockgroups.queries.knowledge import Knowledge
from stockgroups.queries.readings import Method, read_text
from stockgroups.queries.resolutions import Confidence
from stockgroups.queries.resolve import answer_text
from stockgroups.text import advise_nearest, count_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.queries.resolutions import Resolution
    from stockgroups.store import Store

SymbolsOf = Literal["then", "today"]
MOST_TEXTS = 200_000
"""Different symbols in a frame: twice as many as all exchanges list."""
_ADDED = ("security_id", "current_symbol")
_MATCHED = (Confidence.HIGH, Confidence.MEDIUM)


class Doubt(NamedTuple):
    """Rows with one text that are joined with no security, or not with certainty.

    Attributes:
        text: The rows' symbol; empty for all rows without a symbol or a date.
        current_symbol: The stock that they are joined with, by its symbol of today; else None.
        confidence: The confidence of the join.
        why: Why it is not certain.
    """

    text: str
    first_date: dt.date | None
    last_date: dt.date | None
    rows: int
    current_symbol: str | None
    confidence: Confidence
    why: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return write_tuple(self)


class Doubts(Answers[Doubt]):
    """Texts that are joined with no security, or not with certainty."""

    KINDS: ClassVar[Mapping[str, Kind]] = kinds_of(Doubt)


@dataclass(frozen=True, slots=True, repr=False)
class Aligned:
    """A frame whose rows are joined with securities.

    Attributes:
        frame: The user's frame with two more columns: `security_id`, and `current_symbol`, by which
            a panel is joined. Both are missing where nothing tells which stock a row means.
        unmatched: The texts of those rows, and why.
        unsure: Texts that are joined with a stock by less than its own symbol of the day: a former
            symbol, a guess at a share class, a day beyond the record.
    """

    frame: Any
    unmatched: Doubts
    unsure: Doubts

    def __repr__(self) -> str:
        rows = sum(one.rows for one in self.unmatched)
        return (
            f"<Aligned {len(self.frame)} rows: {count_of(rows, 'row')} unmatched "
            f"({count_of(len(self.unmatched), 'text')}), "
            f"{count_of(len(self.unsure), 'text')} unsure>"
        )


@dataclass(slots=True)
class _Text:
    """What a text of the frame means from each of some days on."""

    days: Sequence[dt.date]
    meanings: list[Resolution] = field(default_factory=list)


class _Meaning(NamedTuple):
    """What a text means from some day on, and whether its rows are joined with that."""

    resolution: Resolution
    is_matched: bool


def align(
    store: Store,
    frame: Any,
    *,
    date: str = "date",
    symbol: str = "symbol",
    symbols_of: SymbolsOf | str = "then",
    beyond_record: bool = False,
) -> Aligned:
    """Return a frame of pandas or polars with the security of each row.

    A symbol is read as `resolve` reads it on the row's date: FB in 2015 is today's META, and META
    in 2015 is not. Nothing of a later date is used.

    Args:
        frame: The rows: prices, returns, signals. It is left as it is.
        date: The name of the column of dates: dates, timestamps or texts like 2015-06-30.
        symbol: The name of the column of symbols in any spelling, or ISINs, CUSIPs, SEDOLs, FIGIs.
        symbols_of: `then`: a symbol is one of its row's date, as exchanges report it; `today`: it
            is one of today, as sources write it that rename the past.

        beyond_record: Whether a symbol also means its stock on days before any group held it, and
            after the last did. Prices of before a stock came into an index need that; the ticker
            may have been another stock's then, so that `unsure` lists them.

    Raises:
        UsageError: The frame is none, or lacks a column, or a date is none.
    """
    if symbols_of not in ("then", "today"):
        raise UsageError(f"{symbols_of!r} is neither 'then' nor 'today'", where="symbols_of")
    numpy = import_package("numpy")
    package = type(frame).__module__.partition(".")[0]
    if package not in ("pandas", "polars") or not hasattr(frame, "columns"):
        raise UsageError(
            f"a {type(frame).__name__} is not a data frame",
            remedy="pass a DataFrame of pandas or polars",
        )
    _check_columns([str(name) for name in frame.columns], date, symbol)
    codes, texts = _number_texts(numpy, frame[symbol].to_numpy())
    days = _read_days(numpy, frame[date].to_numpy(), date)
    dated = days[~numpy.isnat(days)]
    last = None if symbols_of == "today" or not len(dated) else dated.max().item()
    known = _find_meanings(store, texts, last)
    places = _find_places(numpy, codes, days, known)
    meanings = [
        _Meaning(meaning, _is_matched(meaning, beyond_record=beyond_record))
        for one in known
        for meaning in one.meanings
    ]
    return Aligned(
        _add_columns(frame, package, places, meanings),
        *_list_doubts(numpy, places, days, meanings),
    )


def _check_columns(names: Sequence[str], *wanted: str) -> None:
    for name in wanted:
        if name not in names:
            raise UsageError(
                f"the frame has no column {name!r}",
                remedy=advise_nearest(
                    name, names, "name it: align(frame, date=…, symbol=…)", most=1
                ),
            )
    taken = [name for name in _ADDED if name in names]
    if taken:
        raise UsageError(
            f"the frame already has a column {taken[0]!r}", remedy="drop it, or rename it"
        )


def _number_texts(numpy: Any, values: Any) -> tuple[Any, list[str]]:
    """Return the number of each row's text, -1 where it has none, and the texts in their order.

    Raises UsageError for more than MOST_TEXTS.
    """
    numbers: dict[Any, int] = {}
    codes = numpy.fromiter(
        (numbers.setdefault(value, len(numbers)) for value in values.tolist()), int, len(values)
    )
    if len(numbers) > MOST_TEXTS:
        raise UsageError(
            f"{len(numbers):,} different symbols are more than {MOST_TEXTS:,}",
            remedy="align the rows of one market at a time",
        )
    missing = [number for value, number in numbers.items() if not _is_text(value)]
    codes[numpy.isin(codes, missing)] = -1
    return codes, [str(value) if _is_text(value) else "" for value in numbers]


def _is_text(value: object) -> bool:
    """Return whether a cell holds something; a frame writes None, NaN or NA where it does not."""
    return isinstance(value, str | int) and bool(str(value).strip())


def _read_days(numpy: Any, values: Any, name: str) -> Any:
    """Return dates as an array of days, NaT where there is none. Raises UsageError."""
    if values.dtype.kind == "M":
        return values.astype("datetime64[D]")
    known: dict[Any, dt.date | None] = {}
    for value in values.tolist():
        if value not in known:
            known[value] = _read_day(value, name)
    return numpy.array([known[value] for value in values.tolist()], dtype="datetime64[D]")


def _read_day(value: Any, name: str) -> dt.date | None:
    """Return the day of a cell; that of a time is the day at its place."""
    if value is None or value != value or type(value).__name__ in ("NaTType", "NAType"):  # noqa: PLR0124 - NaN
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    try:
        return dt.datetime.fromisoformat(value).date()
    except (ValueError, TypeError) as error:
        raise UsageError(
            f"{value!r} in the column {name!r} is not a date",
            remedy="write dates as 2026-07-02, or convert the column to dates",
        ) from error


def _find_meanings(store: Store, texts: Sequence[str], last: dt.date | None) -> list[_Text]:
    """Return what each text means, from each day on which that may change."""
    readings = {text: read_text(text, store.catalog) for text in texts}
    found = []
    with reading(store.connection):
        known = Knowledge(store, readings, last)
        for text in texts:
            several = readings[text]
            changes = set() if last is None else known.find_change_days(text, several)
            days = sorted({dt.date.min, *changes})
            one = _Text(days)
            for day in days:
                if last is not None:
                    known.move_to(day)
                one.meanings.append(answer_text(text, several, known, store.catalog))
            found.append(one)
    return found


def _find_places(numpy: Any, codes: Any, days: Any, known: Sequence[_Text]) -> Any:
    """Return the place of each row's meaning among those of all texts; -1: it has none."""
    lengths = [len(one.meanings) for one in known]
    firsts = numpy.concatenate([[0], numpy.cumsum(lengths)])[:-1] if known else numpy.empty(0, int)
    places = numpy.where(codes < 0, -1, numpy.append(firsts, -1)[codes])
    places[numpy.isnat(days)] = -1
    moving = numpy.flatnonzero(numpy.append([length > 1 for length in lengths], False)[codes])
    order = moving[numpy.argsort(codes[moving], kind="stable")]
    bounds = numpy.flatnonzero(numpy.diff(codes[order])) + 1
    for rows in numpy.split(order, bounds):
        if len(rows):
            starts = numpy.array(known[codes[rows[0]]].days, dtype="datetime64[D]")
            within = numpy.searchsorted(starts, days[rows], side="right") - 1
            places[rows] = numpy.where(places[rows] < 0, -1, places[rows] + within)
    return places


def _is_matched(meaning: Resolution, *, beyond_record: bool) -> bool:
    """Return whether a stock of the record is meant, by more than a guess."""
    is_own = beyond_record and meaning.method not in (Method.LATER, Method.FORMER)
    is_sure = meaning.confidence in _MATCHED or (is_own and meaning.confidence is Confidence.LOW)
    return is_sure and meaning.security_id is not None


def _add_columns(frame: Any, package: str, places: Any, meanings: Sequence[_Meaning]) -> Any:
    """Return the frame with the columns of _ADDED, both missing where a row has no meaning."""
    numbers = [None, *(one.security_id if is_matched else None for one, is_matched in meanings)]
    symbols = [None, *(one.current_symbol if is_matched else None for one, is_matched in meanings)]
    chosen = places + 1
    if package == "polars":
        polars = import_package("polars")
        return frame.with_columns(
            polars.Series(_ADDED[0], numbers, dtype=polars.Int64).gather(chosen),
            polars.Series(_ADDED[1], symbols, dtype=polars.String).gather(chosen),
        )
    pandas = import_package("pandas")
    text = pandas.Series([""]).dtype
    return frame.assign(
        **{
            _ADDED[0]: pandas.Series(numbers, dtype="Int64").array.take(chosen),
            _ADDED[1]: pandas.Series(symbols, dtype=text).array.take(chosen),
        }
    )


def _list_doubts(
    numpy: Any, places: Any, days: Any, meanings: Sequence[_Meaning]
) -> tuple[Doubts, Doubts]:
    """Return the texts that are joined with nothing, and those that are joined with a doubt."""
    unmatched: list[Doubt] = []
    unsure: list[Doubt] = []
    lost = numpy.flatnonzero(places < 0)
    if len(lost):
        why = "the row has no symbol or no date"
        unmatched.append(Doubt("", None, None, len(lost), None, Confidence.NONE, why))
    order = numpy.argsort(places, kind="stable")
    counts = numpy.bincount(places[places >= 0], minlength=len(meanings))
    stops = numpy.cumsum(counts) + len(lost)
    for meaning, count, stop in zip(meanings, counts.tolist(), stops.tolist(), strict=True):
        one, is_matched = meaning
        if not count or (is_matched and one.confidence is Confidence.HIGH):
            continue
        held = days[order[stop - count : stop]]
        listed = "no group has ever held it; a symbol directory lists it"
        (unsure if is_matched else unmatched).append(
            Doubt(
                one.text,
                held.min().item(),
                held.max().item(),
                count,
                one.current_symbol if is_matched else None,
                one.confidence,
                one.why or (f"by {one.method}" if is_matched else listed),
            )
        )
    return Doubts(unmatched), Doubts(unsure)
