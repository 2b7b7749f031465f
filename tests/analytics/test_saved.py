"""Saved expressions: groups that keep their expression and are computed again."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samples import make_fund, make_snapshot
from stockgroups.analytics.expressions.ask import find_members
from stockgroups.analytics.expressions.grammar import LONGEST
from stockgroups.analytics.expressions.saved import find_warnings
from stockgroups.checks import validate
from stockgroups.errors import GuardError, NotFoundError, UsageError
from stockgroups.jobs.expressions import RefreshReport, refresh, save_expression
from stockgroups.jobs.rollback import roll_back
from stockgroups.model import GroupType, Ref, Snapshot
from stockgroups.queries.groups import find_group
from stockgroups.queries.moments import Moment
from stockgroups.queries.provenance import list_loads
from stockgroups.queries.timelines import find_timeline
from stockgroups.record.apply import apply
from stockgroups.store import Store
from stockgroups.times import today_utc

JANUARY, MAY = dt.date(2026, 1, 1), dt.date(2026, 5, 1)


def load(store: Store, name: str, members: Mapping[str, float | None], day: dt.date = MAY) -> None:
    apply(store, [make_fund(name, make_snapshot(members, day))])


@pytest.fixture
def filled(store: Store) -> Store:
    load(store, "ONE", {"AAA": 0.5, "BBB": 0.3, "CCC": 0.2})
    load(store, "TWO", {"AAA": 0.9, "CCC": 0.1})
    return store


def read(store: Store, key: str, moment: Moment | None = None) -> dict[str, float | None]:
    return dict(find_group(store, GroupType.CUSTOM, key, moment).weights)


def tell(report: RefreshReport) -> dict[str, tuple[tuple[str, ...], tuple[str, ...], int]]:
    return {one.key: (one.added, one.removed, one.reweighted) for one in report.groups}


def test_a_saved_expression_is_a_group_with_weights_and_history(filled: Store) -> None:
    today = today_utc()
    report = save_expression(filled, "My List", "one - Two", dry_run=True)
    assert (report.load_id, tell(report)) == (None, {"my_list": (("BBB",), (), 0)})
    with pytest.raises(NotFoundError):
        read(filled, "my_list")
    report = save_expression(filled, "My List", "one - Two")
    (group,) = report.groups
    assert (group.is_new, group.members, group.expression) == (True, 1, "etf:ONE - etf:TWO")
    found = find_group(filled, GroupType.CUSTOM, "my-list", details=True)
    assert found.metadata["expression"] == "etf:ONE - etf:TWO"
    assert (found.origin.source, found.origin.as_of) == ("expression", today)
    (holding,) = found.holdings
    assert (holding.symbol, holding.weight, holding.name) == ("BBB", 0.3, "BBB CORP")
    assert read(filled, "my_list", Moment(today)) == {"BBB": 0.3}
    with pytest.raises(NotFoundError, match="its record begins on"):
        read(filled, "my_list", Moment(today - dt.timedelta(days=1)))
    held = find_timeline(filled, "BBB", None).intervals
    assert [(one.group, one.valid_from) for one in held] == [("my_list", today), ("ONE", MAY)]
    assert list_loads(filled, limit=99)[0].kind == "save-expression"
    assert find_members(filled, "custom:my_list | TWO").symbols == ["AAA", "BBB", "CCC"]


def test_refresh_makes_groups_what_their_expressions_give(filled: Store) -> None:
    save_expression(filled, "both", "ONE & TWO")
    save_expression(filled, "rest", "ONE - custom:both")
    save_expression(filled, "all", "custom:both | custom:rest")
    assert refresh(filled).load_id is None
    assert find_warnings(filled, "rest") == ()
    load(filled, "TWO", {"BBB": 1.0}, MAY + dt.timedelta(days=1))
    assert find_warnings(filled, "rest") == (
        "stale expression: 2 stocks would be added, 1 stock would be removed; "
        "run `stockgroups refresh rest`",
    )
    assert find_warnings(filled, "all") == ()
    before = len(list_loads(filled, limit=99))
    report = refresh(filled, dry_run=True)
    assert tell(report) == {
        "both": (("BBB",), ("AAA", "CCC"), 0),
        "rest": (("AAA", "CCC"), ("BBB",), 0),
        "all": ((), (), 0),
    }
    assert tell(refresh(filled)) == tell(report)
    newest, *_ = loads = list_loads(filled, limit=99)
    assert (len(loads), newest.kind) == (before + 1, "refresh")
    assert set(newest.changes) == {"CUSTOM both", "CUSTOM rest"}
    assert read(filled, "rest") == {"AAA": 0.5, "CCC": 0.2}
    roll_back(filled, newest.id)
    assert read(filled, "rest") == {"BBB": 0.3}


def test_a_named_one_is_refreshed_with_those_that_it_names(filled: Store) -> None:
    save_expression(filled, "both", "ONE & TWO")
    save_expression(filled, "rest", "ONE - custom:both")
    save_expression(filled, "other", "TWO")
    load(filled, "TWO", {"BBB": 1.0}, MAY + dt.timedelta(days=1))
    assert set(tell(refresh(filled, ["Rest"]))) == {"both", "rest"}
    assert find_warnings(filled, "other")
    with pytest.raises(NotFoundError, match=r"no saved expression 'resd'.*nearest: rest"):
        refresh(filled, ["resd"])


def test_one_that_fails_keeps_its_members_and_the_others_go_on(filled: Store) -> None:
    save_expression(filled, "both", "ONE & TWO")
    save_expression(filled, "rest", "ONE - custom:both")
    save_expression(filled, "more", "ONE")
    apply(filled, [], delete=[make_fund("TWO").key])
    load(filled, "ONE", {"AAA": 0.5, "DDD": 0.5}, MAY + dt.timedelta(days=1))
    assert "cannot be evaluated now: column 11" in find_warnings(filled, "both")[0]
    report = refresh(filled)
    (failed,) = report.failures
    assert failed.key == "both"
    assert "no ETF 'TWO'" in str(failed.error)
    assert read(filled, "both") == {"AAA": None, "CCC": None}
    assert read(filled, "rest") == {"DDD": 0.5}
    assert read(filled, "more") == {"AAA": 0.5, "DDD": 0.5}


def test_cycles_are_refused_with_their_path(filled: Store) -> None:
    save_expression(filled, "a", "ONE")
    save_expression(filled, "b", "custom:a & TWO")
    save_expression(filled, "c", "b | TWO")
    for name, text, path in (
        ("a", "ONE | a", "a → a"),
        ("a", "custom:c - TWO", "a → c → b → a"),
        ("b", "ONE & (custom:c @ 30d)", "b → c → b"),
    ):
        with pytest.raises(UsageError, match=path):
            save_expression(filled, name, text)
    assert find_group(filled, GroupType.CUSTOM, "a").metadata["expression"] == "etf:ONE"


def test_a_cycle_that_somebody_wrote_fails_alone(filled: Store) -> None:
    for name, text in (("a", "ONE"), ("b", "custom:a"), ("c", "custom:b"), ("d", "TWO")):
        save_expression(filled, name, text)
    filled.connection.execute(
        'UPDATE definition_groups SET metadata = metadata || \'{"expression": "custom:b"}\''
        " WHERE name = 'a'"
    )
    load(filled, "TWO", {"BBB": 1.0}, MAY + dt.timedelta(days=1))
    report = refresh(filled)
    assert {one.key: str(one.error)[:51] for one in report.failures} == {
        "a": "an expression cannot depend on itself: a → b → a; s",
        "b": "an expression cannot depend on itself: b → a → b; s",
    }
    assert read(filled, "d") == {"BBB": 1.0}


def test_a_saved_one_may_be_saved_again(filled: Store) -> None:
    save_expression(filled, "mine", "ONE")
    (group,) = save_expression(filled, "Mine", "TWO[weight > 50%]").groups
    assert (group.former, group.is_new) == ("etf:ONE", False)
    assert (group.added, group.removed, group.reweighted) == ((), ("BBB", "CCC"), 1)
    (group,) = save_expression(filled, "mine", "top(TWO, 1)").groups
    assert (group.former, group.added, group.removed) == ("etf:TWO[weight > 50%]", (), ())
    assert find_group(filled, GroupType.CUSTOM, "mine").metadata["expression"] == "top(etf:TWO, 1)"
    report = save_expression(filled, "mine", "top(TWO, 1)")
    assert (report.load_id, report.groups[0].changed) == (None, False)


def test_a_group_of_another_program_is_replaced_only_when_asked(filled: Store) -> None:
    filled.connection.execute(
        "INSERT INTO definition_groups (type, name, environment, metadata)"
        " VALUES ('CUSTOM', 'Theirs Here', 'TEST', '{\"expression\": \"of theirs\"}')"
    )
    filled.connection.execute(
        "INSERT INTO group_memberships (group_id, symbol)"
        " SELECT id, 'ZZZ' FROM definition_groups WHERE name = 'Theirs Here'"
    )
    assert refresh(filled).groups == ()
    with pytest.raises(GuardError, match="another program made it; give another name"):
        save_expression(filled, "theirs_here", "ONE")
    save_expression(filled, "theirs_here", "ONE", replace=True)
    assert read(filled, "Theirs Here") == {"AAA": 0.5, "BBB": 0.3, "CCC": 0.2}
    assert set(tell(refresh(filled))) == {"Theirs Here"}


def test_a_name_that_something_has_is_refused(filled: Store) -> None:
    for name, words in (
        ("one", "ONE is the name of something else .ETF."),
        ("aaa", "AAA is the name of something else .stock."),
        (" - ", "a key has 1 to 100 characters; this one has 0"),
        ("x" * 101, "this one has 101"),
    ):
        with pytest.raises(UsageError, match=words):
            save_expression(filled, name, "TWO")


def test_what_other_programs_write_into_it_is_recorded_and_replaced(filled: Store) -> None:
    save_expression(filled, "mine", "ONE")
    filled.connection.execute(
        "DELETE FROM group_memberships m USING definition_groups g"
        " WHERE g.id = m.group_id AND g.name = 'mine' AND m.symbol = 'AAA'"
    )
    assert find_warnings(filled, "mine") == ()  # told as drift
    report = refresh(filled)
    assert report.plan is not None
    assert [one.key.name for one in report.plan.drift] == ["mine"]
    assert read(filled, "mine") == {"AAA": 0.5, "BBB": 0.3, "CCC": 0.2}


def test_dates_in_an_expression(filled: Store) -> None:
    load(filled, "ONE", {"AAA": 0.4, "DDD": 0.6}, JANUARY)
    save_expression(filled, "then", "ONE @ 2026-02-01")
    save_expression(filled, "came", "ONE - custom:then")
    assert read(filled, "then") == {"AAA": 0.4, "DDD": 0.6}
    load(filled, "ONE", {"DDD": 1.0}, MAY + dt.timedelta(days=1))
    assert tell(refresh(filled)) == {"then": ((), (), 0), "came": ((), ("BBB", "CCC"), 0)}
    with pytest.raises(NotFoundError, match="its record begins on"):
        save_expression(filled, "early", "custom:then @ 2026-02-01")


def test_what_was_known_stays_in_an_expression(filled: Store) -> None:
    known = dt.datetime.now(dt.UTC).isoformat()
    load(filled, "ONE", {"DDD": 1.0}, MAY + dt.timedelta(days=1))
    save_expression(filled, "known", f"one known_at {known}")
    assert read(filled, "known") == {"AAA": 0.5, "BBB": 0.3, "CCC": 0.2}
    group = find_group(filled, GroupType.CUSTOM, "known")
    assert group.metadata["expression"] == f"etf:ONE known_at {known}"
    load(filled, "ONE", {"EEE": 1.0}, MAY + dt.timedelta(days=2))
    assert tell(refresh(filled)) == {"known": ((), (), 0)}


def test_what_can_be_read_once_alone_is_refused(filled: Store) -> None:
    """With its types and blanks an expression is longer than it was given."""
    longest = "|".join(["ONE[weight>1%]"] * 499)
    assert len(longest) < LONGEST
    with pytest.raises(UsageError, match="an expression has at most 10,000 characters"):
        save_expression(filled, "longest", longest)


def test_a_rollback_of_the_first_save_takes_the_group_away(filled: Store) -> None:
    load_id = save_expression(filled, "mine", "ONE").load_id
    assert load_id is not None
    roll_back(filled, load_id)
    with pytest.raises(NotFoundError, match="no custom group 'mine'"):
        read(filled, "mine")
    assert refresh(filled).groups == ()


def test_a_group_may_become_empty(filled: Store) -> None:
    save_expression(filled, "mine", "ONE - TWO")
    save_expression(filled, "mine", "ONE - ONE")
    assert read(filled, "mine") == {}
    assert find_warnings(filled, "mine") == ()


def report_of(day: dt.date, *refs: Ref) -> Snapshot:
    weights = tuple(1 / len(refs) for _ in refs)
    sha256 = hashlib.sha256(f"{day}{refs}".encode()).hexdigest()
    return Snapshot(day, "hand", sha256, "hand/1", refs, weights=weights)


def test_a_saved_group_is_no_evidence_of_who_a_stock_is(store: Store) -> None:
    """A stock that is gone, and is kept by an expression, is not the next holder of its ticker."""
    old = [Ref("XYZ", ticker="XYZ"), Ref("AAA", ticker="AAA")]
    apply(
        store,
        [make_fund("ONE", report_of(dt.date(2015, 1, 1), *old), report_of(JANUARY, *old[1:]))],
    )
    kept = save_expression(store, "kept", "ONE @ 2015-06-01")
    assert kept.groups[0].added == ("AAA", "XYZ")
    before = find_members(store, "XYZ").members[0].security_id
    assert find_members(store, "ONE @ 2015-06-01").symbols == ["AAA", "XYZ"]
    load(store, "TWO", {"XYZ": 1.0}, MAY)
    now = find_members(store, "TWO").members[0]
    then = find_members(store, "(ONE @ 2015-06-01) - (ONE @ 2026-02-01)").members[0]
    assert now.security_id != then.security_id == before
    assert then.symbol.startswith("XYZ-2015")


def test_a_stock_of_the_past_is_kept_by_what_its_report_tells(store: Store) -> None:
    """The ticker is another stock's today: an identifier names the earlier one, a ticker cannot."""
    old = [
        Ref("XYZ", ticker="XYZ", name="XYZ CORP", cusip="037833100"),
        Ref("UVW", ticker="UVW"),
        Ref("AAA", ticker="AAA"),
    ]
    reports = report_of(dt.date(2015, 1, 1), *old), report_of(JANUARY, *old[2:])
    apply(store, [make_fund("ONE", *reports)])
    new = Ref("XYZ", ticker="XYZ", cusip="594918104"), Ref("UVW", ticker="UVW")
    apply(store, [make_fund("TWO", report_of(MAY, *new))])
    (group,) = save_expression(store, "kept", "ONE @ 2015-06-01").groups
    assert group.added == ("AAA", "XYZ-201501")
    assert group.warnings == ("left out, as another stock has the ticker today: UVW-201501",)
    assert find_members(store, "custom:kept & TWO").symbols == []
    kept = find_members(store, "custom:kept & (ONE @ 2015-06-01)")
    assert kept.symbols == ["AAA", "XYZ-201501"]
    assert find_warnings(store, "kept") == ()
    assert refresh(store).load_id is None
    found = [one for section in validate(store).sections for one in section.findings]
    assert not [one for one in found if one.group == "kept"]


expressions_of = st.sampled_from(
    [
        "{0} & {1}",
        "{0} | {1}",
        "{0} - {1}",
        "top({0}, 2)",
        "{0}[etfs >= 2]",
        "{0}[country = US]",
        "({0} @ 30d) ^ {1}",
    ]
)
held = st.dictionaries(st.sampled_from(["X1", "X2", "X3", "X4"]), st.just(0.25), min_size=1)
funds = st.fixed_dictionaries({"AAA": held, "BBB": held})


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), funds, funds)
def test_a_refresh_is_what_one_after_the_other_gives(
    store: Store,
    data: st.DataObject,
    first: dict[str, dict[str, float]],
    second: dict[str, dict[str, float]],
) -> None:
    with store.connection.transaction(force_rollback=True):
        for name, members in first.items():
            load(store, name, members)
        names = ["AAA", "BBB"]
        for number in range(4):
            shape = data.draw(expressions_of)
            parts = data.draw(st.lists(st.sampled_from(names), min_size=2, max_size=2))
            try:
                save_expression(store, f"g{number}", shape.format(*parts))
            except (UsageError, NotFoundError):  # no weights, or no record by that day
                continue
            names.append(f"custom:g{number}")
        for name, members in second.items():
            load(store, name, members, MAY + dt.timedelta(days=1))
        report = refresh(store)
        keys = [name.partition(":")[2] for name in names[2:]]
        for key in keys:
            assert refresh(store, [key]).load_id is None
            expression = next(one.expression for one in report.groups if one.key == key)
            if key not in [one.key for one in report.failures]:
                answer = find_members(store, expression)
                assert read(store, key) == {one.symbol: one.weight for one in answer.members}
                assert find_warnings(store, key) == ()
