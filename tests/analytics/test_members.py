"""Expressions on the database equal brute force, and name their sources."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Mapping

import pytest

from samples import make_fund, make_snapshot
from stockgroups.analytics.expressions import loading
from stockgroups.analytics.expressions.ask import find_members
from stockgroups.errors import NotFoundError, StaleError, StockgroupsError, UsageError
from stockgroups.model import GroupKey, GroupType, Ref, Snapshot
from stockgroups.queries.groups import find_group
from stockgroups.queries.moments import Moment
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.store import Store

DAYS = [dt.date(2026, month, 1) for month in (1, 3, 5, 7)]
STOCKS = ["AAA", "BBB", "CCC", "DDD", "EEE", "FFF", "GGG", "HHH"]


def make_group(
    kind: GroupType, name: str, members: Mapping[str, float | None], as_of: dt.date | None = DAYS[0]
) -> DesiredGroup:
    return DesiredGroup(GroupKey("TEST", kind, name), snapshots=(make_snapshot(members, as_of),))


def fill(store: Store, *desired: DesiredGroup) -> None:
    plan = apply(store, desired)
    assert plan.load_id is not None


@pytest.fixture
def filled(store: Store) -> Store:
    """Two funds, of which one has changed, a theme and a sector of today."""
    fill(
        store,
        make_fund(
            "ONE",
            make_snapshot({"AAA": 0.5, "BBB": 0.3, "CCC": 0.2}, DAYS[0]),
            make_snapshot({"AAA": 0.6, "DDD": 0.4}, DAYS[2]),
        ),
        make_fund("TWO", make_snapshot({"AAA": 0.9, "CCC": 0.1}, DAYS[0])),
        make_group(GroupType.THEME, "new_things", {"AAA": None, "EEE": None}, None),
        make_group(GroupType.SECTOR, "energy", {"AAA": None, "CCC": None}, None),
        make_group(GroupType.SECTOR, "materials", {"DDD": None}, None),
    )
    return store


def find(store: Store, text: str, moment: Moment | None = None) -> dict[str, float | None]:
    return {one.symbol: one.weight for one in find_members(store, text, moment).members}


def test_random_expressions_are_those_of_python(store: Store) -> None:
    chance = random.Random(20260701)
    stated: dict[str, dict[dt.date, set[str]]] = {
        name: {
            day: {symbol for symbol in STOCKS if chance.random() < 0.5} | {"AAA"}
            for day in [*chance.sample(DAYS[1:], 2), DAYS[0]]
        }
        for name in ("FUNDA", "FUNDB", "FUNDC")
    }
    weights = {symbol: (number + 1) / 100 for number, symbol in enumerate(STOCKS)}
    fill(
        store,
        *(
            make_fund(
                name,
                *(
                    make_snapshot({symbol: weights[symbol] for symbol in held}, day)
                    for day, held in reports.items()
                ),
            )
            for name, reports in stated.items()
        ),
    )

    def hold(name: str, day: dt.date) -> set[str]:
        return stated[name][max(known for known in stated[name] if known <= day)]

    def make(depth: int) -> tuple[str, str]:
        """Return an expression, and what makes its stocks in Python."""
        if depth == 0 or chance.random() < 0.2:
            name, day = chance.choice(list(stated)), chance.choice(DAYS)
            if chance.random() < 0.5:
                return name, f"hold({name!r}, asked)"
            on = day + dt.timedelta(days=chance.randrange(20))
            return f"({name} @ {on})", f"hold({name!r}, dt.date.fromisoformat('{on}'))"
        if chance.random() < 0.2:
            text, code = make(0)
            least = chance.randrange(8)
            return (
                f"{text}[weight >= {least}%]",
                f"{{s for s in {code} if weights[s] >= {least} / 100}}",
            )
        parts = [make(depth - 1) for _ in range(chance.choice([2, 2, 3]))]
        sign = [f" {chance.choice('|&^-')} " for _ in parts]
        sign[0] = ""
        texts, codes = (
            "".join(map(str.__add__, sign, column)) for column in zip(*parts, strict=True)
        )
        return (f"({texts})", f"({codes})") if chance.random() < 0.6 else (texts, codes)

    sizes = []
    for _ in range(60):
        asked = chance.choice(DAYS)
        text, code = make(3)
        answer = find_members(store, text, Moment(asked))
        expected = eval(code, {"hold": hold, "asked": asked, "dt": dt, "weights": weights})
        assert set(answer.symbols) == expected, text
        assert find_members(store, answer.expression, Moment(asked)).members == answer.members
        sizes.append(len(expected))
        for member in answer.members:
            assert member.terms
            assert set(member.weights.values()) == {weights[member.symbol]}
            assert member.weight in (None, weights[member.symbol])
    assert sum(map(bool, sizes)) > 30


def test_an_answer_says_where_it_comes_from(filled: Store) -> None:
    answer = find_members(filled, "one - (One @ 2026-02-01)")
    assert answer.expression == "etf:ONE - (etf:ONE @ 2026-02-01)"
    (row,) = answer.rows()
    assert row == {
        "symbol": "DDD",
        "name": "DDD CORP",
        "weight": 0.4,
        "security_id": answer.members[0].security_id,
        "sector": "materials",
        "terms": ["etf:ONE"],
        "weights": {"etf:ONE": 0.4},
    }
    assert row["security_id"] is not None
    told = [(group.term, group.members, group.origin.as_of) for group in answer.groups]
    assert told == [("etf:ONE", 2, DAYS[2]), ("etf:ONE @ 2026-02-01", 3, DAYS[0])]
    value = answer.to_dict()
    assert [group["age_days"] for group in value["groups"]][1] == 31
    assert (value["as_of"], value["is_proxy"], value["is_drifted"]) == ("2026-01-01", False, False)
    assert value["members"] == answer.rows()
    assert list(answer.to_pandas()["symbol"]) == ["DDD"]
    assert repr(answer) == "<Members etf:ONE - (etf:ONE @ 2026-02-01): 1 stock>"


def test_days_of_names_and_of_the_whole(filled: Store) -> None:
    assert find(filled, "ONE & TWO") == {"AAA": None}
    assert find(filled, "ONE & TWO @ 2026-02-01").keys() == {"AAA", "CCC"}
    assert find(filled, "ONE & TWO", Moment(DAYS[1])).keys() == {"AAA", "CCC"}
    assert find(filled, "ONE | (TWO @ 2026-02-01)", Moment(DAYS[3])).keys() == {"AAA", "CCC", "DDD"}
    before = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    with pytest.raises(NotFoundError, match="nothing was known about TWO") as caught:
        find(filled, "TWO | ONE - TWO", Moment(DAYS[3], before))
    assert caught.value.column == 1
    with pytest.raises(StaleError, match="61 days earlier") as stale:
        find(filled, "ONE", Moment(DAYS[3], max_age=30))
    assert stale.value.to_dict()["column"] == 1
    with pytest.raises(NotFoundError, match="its record begins on 2026-01-01") as early:
        find(filled, "ONE - (TWO @ 2025-12-31)")
    assert early.value.column == 8


def test_each_group_is_read_once_for_each_day(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    real = find_group

    def count(*arguments: object, **named: object) -> object:
        read.append(str(arguments[2]))
        return real(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(f"{loading.__name__}.find_group", count)
    find(filled, "(one | TWO) & ONE - (etf:ONE @ 2026-02-01) | (One @ 2026-02-01)")
    assert read == ["one", "TWO", "ONE"]


def test_kinds_of_names(filled: Store) -> None:
    everything = "sector:Energy | theme:'New Things' | stock:ddd | TWO"
    assert find_members(filled, everything).expression == (
        "sector:energy | theme:new_things | stock:DDD | etf:TWO"
    )
    assert find(filled, "new_things:materials").keys() == {"AAA", "EEE", "DDD"}
    (row,) = find_members(filled, "DDD").members
    assert (row.terms, row.name) == (("stock:DDD",), "DDD CORP")


def test_what_is_not_there_is_said_with_its_column(filled: Store) -> None:
    for text, column, words in (
        ("ONE | THREE", 7, "no stock 'THREE'"),
        ("ONE & theme:new_thing", 7, "nearest: new_things"),
        ("TWO-ONE", 1, "write TWO - ONE"),
        ("TWO & etfs:ONE", 7, "a type precedes a name: etf:NAME"),
        ("ONE[sector = enrgy]", 5, "nearest: energy"),
        ("ONE[country = Nowhere]", 5, "unknown country"),
        ("(ONE | TWO)[weight > 1%]", 13, "no common one"),
        ("stock:'?'", 1, "symbol"),
    ):
        with pytest.raises(StockgroupsError, match=words) as caught:
            find(filled, text)
        assert caught.value.column == column, text


def test_a_name_of_several_groups_is_refused(filled: Store) -> None:
    fill(filled, make_group(GroupType.THEME, "TWO", {"BBB": None}))
    with pytest.raises(UsageError, match="choose one: etf:TWO, theme:TWO") as caught:
        find(filled, "ONE | TWO")
    assert caught.value.column == 7
    assert find(filled, "theme:TWO") == {"BBB": None}


def test_filters_ask_the_database(filled: Store) -> None:
    assert find(filled, "(ONE @ 2026-02-01)[etfs >= 2]").keys() == {"AAA", "CCC"}
    assert find(filled, "ONE[etfs >= 2]").keys() == {"AAA"}
    assert find(filled, "ONE[sector = Energy]") == {"AAA": 0.6}
    answer = find_members(filled, "(ONE @ 2026-02-01)[sector != materials]")
    assert answer.symbols == ["AAA", "CCC"]
    assert answer.warnings == (
        "the sector of each stock on 2026-02-01 is not recorded: today's is used",
        "1 stock of etf:ONE without a known sector",
    )
    with pytest.raises(UsageError, match="is not recorded; leave out known_at"):
        find(filled, "ONE[sector = energy]", Moment(DAYS[3], dt.datetime.now(dt.UTC)))


def test_what_was_known_is_said_of_each_name_or_of_all(filled: Store) -> None:
    before = dt.datetime.now(dt.UTC)
    fill(filled, make_fund("ONE", make_snapshot({"FFF": 1.0}, DAYS[3])))
    fill(filled, make_fund("TWO", make_snapshot({"FFF": 1.0}, DAYS[3])))
    known = before.isoformat()
    now, then = {"FFF": 1.0}, {"AAA": 0.6, "DDD": 0.4}
    assert find(filled, "ONE") == now
    assert find(filled, f"ONE known_at {known}") == then
    assert find(filled, f"ONE @ 2026-02-01 known_at {known}").keys() == {"AAA", "BBB", "CCC"}
    assert find(filled, f"ONE known_at {known}", Moment(DAYS[1])).keys() == {"AAA", "BBB", "CCC"}
    assert find(filled, f"ONE - TWO known_at {known}") == {"DDD": 0.4}
    assert find(filled, f"(ONE known_at {known}) | TWO").keys() == {*then, *now}
    after = Moment(DAYS[3], dt.datetime.now(dt.UTC))
    assert find(filled, f"(ONE known_at {known}) - TWO", after) == then
    answer = find_members(filled, f"ONE - (ONE published_by 2999-01-01 known_at {known})")
    assert answer.symbols == ["FFF"]
    assert [(one.term, one.to_dict()["known_at"]) for one in answer.groups] == [
        ("etf:ONE", None),
        (f"etf:ONE known_at {known} published_by 2999-01-01", known),
    ]
    assert answer.expression.endswith(f"(etf:ONE known_at {known} published_by 2999-01-01)")
    with pytest.raises(NotFoundError, match="nothing was known about ONE at 2020") as caught:
        find(filled, "TWO - (ONE known_at 2020-01-01)")
    assert caught.value.column == 8
    with pytest.raises(UsageError, match="is not recorded; leave out known_at"):
        find(filled, "sector:energy known_at 2020-01-01")


def test_sectors_of_the_day_where_they_are_recorded(filled: Store) -> None:
    fill(filled, make_group(GroupType.SECTOR, "financials", {"AAA": None, "EEE": None}))
    answer = find_members(filled, "sector:financials & ONE @ 2026-02-01")
    assert (answer.symbols, answer.warnings) == (["AAA"], ())


def test_countries_by_any_name(store: Store) -> None:
    refs = (
        Ref("AAA", ticker="AAA", country="United States", currency="USD"),
        Ref("BBB", ticker="BBB", country="Japan", currency="JPY"),
        Ref("CCC", ticker="CCC"),
    )
    snapshot = Snapshot(DAYS[0], "hand", "0" * 64, "hand/1", refs, weights=(0.5, 0.3, 0.2))
    fill(
        store,
        make_fund("FUND", snapshot),
        make_group(GroupType.UNIVERSE, "all", {"AAA": None, "BBB": None, "DDD": None}),
    )
    assert find(store, "FUND[country = US]") == {"AAA": 0.5}
    assert find(store, "FUND[country != usa, currency = jpy]") == {"BBB": 0.3}
    answer = find_members(store, "all[country = 'japan'] @ 2026-02-01")
    assert answer.symbols == ["BBB"]
    assert answer.warnings == (
        "the country of 2 stocks is that of its newest report, which may be later than 2026-02-01",
        "1 stock of universe:all without a known country",
    )


def test_a_stock_is_one_whatever_it_was_called(store: Store) -> None:
    def report(ticker: str, day: dt.date) -> Snapshot:
        refs = (Ref(ticker, ticker=ticker, name="META PLATFORMS", isin="US30303M1027"),)
        return Snapshot(
            day, "hand", f"{ticker.encode().hex():0<64}", "hand/1", refs, weights=(1.0,)
        )

    fill(store, make_fund("FUND", report("FB", DAYS[0]), report("META", DAYS[2])))
    assert find(store, "FUND & (FUND @ 2026-01-15)") == {"META": None}
    assert find(store, "FUND - (FUND @ 2026-01-15)") == {}
    assert find(store, "stock:US30303M1027 & FUND & FB") == {"META": 1.0}
