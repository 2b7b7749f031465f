"""Which security a ref is on a day, however it was read; what was not read is no answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from samples import make_fund
from stockgroups.db.connection import Connection
from stockgroups.model import Alias, Ref, Snapshot
from stockgroups.record.apply import apply
from stockgroups.record.ref_securities import RefSecurities
from stockgroups.store import Store

DAY = dt.date(2024, 1, 2)
EARLY = dt.date(2020, 1, 2)
ISIN = "US0378331005"
TURN = dt.date(2022, 6, 9)
FB = Alias("FB", TURN, "META", "the company")
ABC = Alias("ABC", dt.date(2023, 8, 30), "COR", "the company")


def say(as_of: dt.date, *refs: Ref) -> Snapshot:
    sha256 = f"{as_of}{refs}".encode().hex()[-64:].rjust(64, "0")
    return Snapshot(
        as_of=as_of, source="plain", sha256=sha256, reader="plain/1", refs=refs, file_name="F"
    )


@pytest.fixture
def numbers(connection: Connection, store: Store) -> dict[int, str]:
    """Recorded refs with their symbols: plain, renamed, late, of an ISIN, and without a symbol."""
    tickers = [Ref(s, ticker=s) for s in ("GE", "IBM", "META", "ABC", "COR")]
    apple = Ref("AAPL", ticker="AAPL", isin=ISIN), Ref(ISIN, isin=ISIN)
    late = say(DAY, *tickers, *apple, Ref(None, name="?"))
    early = say(EARLY, *(Ref(s, ticker=s) for s in ("FB", "ABC", "GE", "COR")))
    apply(store, [make_fund("ONE", early, late)], aliases=[FB, ABC])
    rows = connection.execute("SELECT id, coalesce(symbol, '') FROM stockgroups.refs").fetchall()
    return dict(rows)


@pytest.mark.parametrize(
    "read",
    [
        lambda securities, numbers: securities.read(numbers.items()),
        lambda securities, numbers: securities.read_numbers(numbers),
        lambda securities, _: securities.read_all(),
    ],
)
def test_every_answer_is_that_of_the_view(
    connection: Connection,
    store: Store,
    numbers: dict[int, str],
    read: Callable[[RefSecurities, dict[int, str]], None],
) -> None:
    securities = RefSecurities(store)
    read(securities, numbers)
    refs = sorted(numbers)
    reported = [numbers[ref] for ref in refs]
    exceptions = 0
    for day in (EARLY, TURN, DAY):
        rows = connection.execute(
            "SELECT x.ref_id, x.security_id, s.symbol FROM stockgroups.ref_securities x"
            " JOIN stockgroups.securities s ON s.id = x.security_id"
            " WHERE x.valid_from <= %(day)s AND %(day)s < x.valid_to",
            {"day": day},
        ).fetchall()
        owners = {ref: (security, symbol) for ref, security, symbol in rows}
        expected = [owners.get(ref, (None, numbers[ref])) for ref in refs]
        exceptions += sum(symbol != numbers[ref] for ref, (_, symbol) in owners.items())
        assert [securities.security_of(ref, day) for ref in refs] == [one for one, _ in expected]
        assert securities.list_securities(refs, day) == [one for one, _ in expected]
        assert securities.find_securities({*refs}, day) == {one for one, _ in expected} - {None}
        assert securities.list_symbols(refs, reported, day) == [symbol for _, symbol in expected]
        assert [securities.symbol_of(ref, numbers[ref], day) for ref in refs] == [
            symbol for _, symbol in expected
        ]
    assert exceptions, "no ref is another stock than its symbol's"


def test_a_ref_that_was_not_read_is_an_error(store: Store, numbers: dict[int, str]) -> None:
    ge = next(number for number, symbol in numbers.items() if symbol == "GE")
    fb = next(number for number, symbol in numbers.items() if symbol == "FB")
    securities = RefSecurities(store)
    securities.read([(ge, "GE"), (-1, "NEW")])
    assert securities.symbol_of(ge, "GE", DAY) == "GE"
    assert securities.symbol_of(-1, "NEW", DAY) == "NEW"
    questions: list[Callable[[], object]] = [
        lambda: securities.security_of(fb, DAY),
        lambda: securities.symbol_of(fb, "FB", DAY),
        lambda: securities.is_settled(fb, "FB", DAY),
        lambda: securities.are_plain([ge, fb]),
        lambda: securities.find_securities({ge, fb}, DAY),
        lambda: securities.list_securities([ge, fb], DAY),
        lambda: securities.list_symbols([ge, fb], ["GE", "FB"], DAY),
        lambda: securities.list_owned(fb),
        lambda: securities.symbol_of(-2, "FB", DAY),
    ]
    for ask in questions:
        with pytest.raises(LookupError, match="was not read"):
            ask()


def test_a_number_of_a_damaged_record_that_no_ref_has_is_no_security(
    store: Store, numbers: dict[int, str]
) -> None:
    ge = next(number for number, symbol in numbers.items() if symbol == "GE")
    securities = RefSecurities(store)
    with store.connection.transaction():
        securities.read_all()
    known = securities.security_of(ge, DAY)
    assert known is not None
    assert securities.list_securities([ge, 1_000_000], DAY) == [known, None]
    assert securities.find_securities([ge, 1_000_000], DAY) == {known}


def test_after_a_plan_its_refs_and_all_that_move_are_read_again(
    store: Store, numbers: dict[int, str]
) -> None:
    by_symbol = {symbol: number for number, symbol in numbers.items()}
    before = RefSecurities(store)
    before.read(numbers.items())
    later = before.after([by_symbol["GE"]], ["NEW"], 77)
    for symbol in ("GE", "FB", "ABC", ISIN, ""):
        with pytest.raises(LookupError):
            later.security_of(by_symbol[symbol], DAY)
    ibm = by_symbol["IBM"]
    assert later.security_of(ibm, DAY) == before.security_of(ibm, DAY)
    later.read([(-1, "NEW")])
    assert later.security_of(-1, DAY) == 77
