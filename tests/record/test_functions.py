"""The functions of the server against the rules in Python, on random records."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stockgroups.db.connection import Connection
from stockgroups.migration.legacy import home_of
from stockgroups.model import Snapshot
from stockgroups.record.effective import (
    Header,
    ReportKind,
    current_snapshots,
    effective_snapshot,
    effective_snapshots,
    published_snapshots,
    segments,
    select_public,
)
from stockgroups.record.headers import read_headers_near
from stockgroups.record.runs import find_series
from tables import read_one

DAY = dt.date(2026, 1, 1)
TIME = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
GROUP = 1
on_one_connection = settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def day(number: int) -> dt.date:
    return DAY + dt.timedelta(days=number)


def hour(number: int) -> dt.datetime:
    return TIME + dt.timedelta(hours=number)


Said = tuple[int, int, bool, bool, str, int | None]


def make_header(number: int, said: Said) -> Header:
    """The snapshot with a number; several may be recorded at one time, and out of order."""
    as_of, recorded, is_proxy, retracted, source, published = said
    sha256 = f"{number % 4:064x}"  # some are the same file again
    header = Header(number, day(as_of), is_proxy, sha256, "hand/1", "", 1, hour(recorded), source)
    published_on = None if published is None else day(published)
    return replace(header, retracted=retracted, published_on=published_on)


headers = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, 3),
        st.booleans(),
        st.booleans(),
        st.sampled_from(("hand", "nport", "legacy", "adopted")),
        st.none() | st.integers(0, 4),
    ),
    max_size=12,
).map(lambda said: [make_header(number, one) for number, one in enumerate(said, 1)])


def record(connection: Connection, recorded: list[Header], refs: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO stockgroups.snapshots (id, group_id, as_of, recorded_at, source, sha256,"
            " reader, is_proxy, digest, member_count, ref_ids, is_retraction, weights,"
            " published_on)"
            " VALUES (%s, %s, %s, %s, %s, decode(%s, 'hex'), 'hand/1', %s, gen_random_uuid(),"
            " %s, %s, %s, %s, %s)",
            [
                (
                    header.id,
                    GROUP,
                    header.as_of,
                    header.recorded_at,
                    header.source,
                    header.sha256,
                    header.is_proxy,
                    len(refs),
                    None if header.retracted else refs,
                    header.retracted,
                    None if header.id % 2 else [1.0 / (place + 1) for place in range(len(refs))],
                    header.published_on,
                )
                for header in recorded
            ],
        )


@on_one_connection
@given(recorded=headers, on=st.integers(-1, 5), known=st.integers(-1, 4))
def test_which_snapshots_stand_and_which_is_effective(
    connection: Connection, recorded: list[Header], on: int, known: int
) -> None:
    seen = [header for header in recorded if header.recorded_at <= hour(known)]
    with connection.transaction(force_rollback=True):
        record(connection, recorded, [1])
        current = connection.execute(
            "SELECT id, kind FROM stockgroups.current_snapshots(%s, %s)", (GROUP, hour(known))
        ).fetchall()
        effective = connection.execute(
            "SELECT id, as_of, is_proxy FROM stockgroups.effective_snapshot(%s, %s, %s)",
            (GROUP, day(on), hour(known)),
        ).fetchall()
    assert sorted(current) == sorted((header.id, header.kind) for header in current_snapshots(seen))
    expected = effective_snapshot(seen, day(on))
    assert effective == ([(expected.id, expected.as_of, expected.is_proxy)] if expected else [])


@on_one_connection
@given(
    recorded=headers,
    on=st.integers(-1, 5),
    known=st.integers(0, 4),
    public=st.integers(-1, 6),
    kind=st.none() | st.sampled_from(ReportKind),
)
def test_which_snapshot_was_public(
    connection: Connection,
    recorded: list[Header],
    on: int,
    known: int,
    public: int,
    kind: ReportKind | None,
) -> None:
    # Some are recorded on the days on which others are published.
    noon = dt.datetime.combine(DAY, dt.time(12), dt.UTC)
    told = [replace(h, recorded_at=noon + 24 * (h.recorded_at - TIME)) for h in recorded]
    clock = noon + dt.timedelta(days=known)
    seen = [h for h in told if h.recorded_at <= clock and kind in (None, h.kind)]
    expected = effective_snapshot(select_public(seen, day(public)), day(on))
    with connection.transaction(force_rollback=True):
        record(connection, told, [1])
        found = connection.execute(
            "SELECT id FROM stockgroups.effective_snapshot(%s, %s, %s, %s, %s)",
            (GROUP, day(on), clock, day(public), kind),
        ).fetchall()
    assert found == ([(expected.id,)] if expected else [])
    line = [header for start, header in published_snapshots(seen) if start <= day(on)]
    then = effective_snapshot(select_public(seen, day(on)), day(on))
    assert line[-1:] == ([then] if then else [])


ISIN = "US0378331005"
SYMBOLS = ("AA", "BB", "NOBODYS", ISIN, None)
owners = st.lists(st.integers(1, 3), min_size=1, max_size=3)
"""Who has a symbol, one after the other: a change every second day."""


def to_spans(securities: list[int]) -> list[tuple[str, str, int]]:
    """Spans that cover all days, for the securities in turn."""
    days = ["-infinity", *(str(day(2 * n)) for n in range(1, len(securities))), "infinity"]
    return [(*span, owner) for span, owner in zip(pairwise(days), securities, strict=True)]


@on_one_connection
@given(
    symbols=st.lists(st.sampled_from(SYMBOLS), min_size=1, max_size=4),
    symbol_owners=st.dictionaries(st.sampled_from(("AA", "BB", ISIN)), owners),
    exceptions=st.dictionaries(st.integers(1, 4), owners),
    on=st.integers(0, 5),
)
def test_which_security_a_ref_is(
    connection: Connection,
    symbols: list[str | None],
    symbol_owners: dict[str, list[int]],
    exceptions: dict[int, list[int]],
    on: int,
) -> None:
    refs = list(range(1, len(symbols) + 1))

    def find_owner(securities: list[int]) -> int:
        return securities[min(on // 2, len(securities) - 1)]

    expected = []
    for ref, symbol in zip(refs, symbols, strict=True):
        told = exceptions.get(ref) or symbol_owners.get(symbol or "")
        security = find_owner(told) if told else None
        if security or symbol:
            current = f"S{security}" if security else symbol
            expected.append((ref, security, current, symbol or current))
    with connection.transaction(force_rollback=True), connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO stockgroups.refs (id, environment, fingerprint, symbol, isin)"
            " VALUES (%s, 'TEST', gen_random_uuid(), %s, %s)",
            [(ref, symbol, ISIN) for ref, symbol in zip(refs, symbols, strict=True)],
        )
        cursor.executemany(
            "INSERT INTO stockgroups.securities (id, environment, symbol) VALUES (%s, 'TEST', %s)",
            [(number, f"S{number}") for number in (1, 2, 3)],
        )
        cursor.executemany(
            "INSERT INTO stockgroups.security_symbols VALUES ('TEST', %s, %s, %s, %s)",
            [(symbol, *span) for symbol, held in symbol_owners.items() for span in to_spans(held)],
        )
        cursor.executemany(
            "INSERT INTO stockgroups.security_refs VALUES (%s, %s, %s, %s)",
            [(ref, *span) for ref, held in exceptions.items() for span in to_spans(held)],
        )
        record(connection, [make_header(1, (on, 0, False, False, "hand", None))], refs)
        rows = connection.execute(
            "SELECT ref_id, security_id, symbol, reported_symbol"
            " FROM stockgroups.positions_of(%s, 1, %s)",
            (GROUP, day(on)),
        ).fetchall()
        viewed = connection.execute(
            "SELECT ref_id, security_id FROM stockgroups.ref_securities"
            " WHERE valid_from <= %s AND %s < valid_to AND ref_id = ANY (%s)",
            (day(on), day(on), refs),
        ).fetchall()
    for place, (ref, security, current, _) in enumerate(expected):
        if symbols[ref - 1] in (None, ISIN):  # without a ticker
            then = [key for key, held in symbol_owners.items() if find_owner(held) == security]
            expected[place] = (ref, security, current, min(then, default=current))
    assert sorted(rows) == expected
    assert sorted(viewed) == [one[:2] for one in expected if one[1]]


def test_the_functions_are_put_into_the_statements_that_call_them(connection: Connection) -> None:
    rows = connection.execute(
        "EXPLAIN SELECT p.symbol FROM stockgroups.group_registry r"
        " CROSS JOIN LATERAL stockgroups.effective_snapshot(r.id, current_date, 'infinity') e"
        " CROSS JOIN LATERAL stockgroups.positions_of(r.id, e.id, e.as_of) p"
    ).fetchall()
    plan = "\n".join(row[0] for row in rows)
    assert "Function Scan on u" in plan  # the unfolded array, and no other function
    assert plan.count("Function Scan") == 1


def test_no_callers_search_path_changes_what_they_call(connection: Connection) -> None:
    with connection.transaction(force_rollback=True):
        connection.execute("CREATE SCHEMA planted")
        connection.execute(
            "CREATE FUNCTION planted.eq(integer, integer) RETURNS boolean LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE 'called'; END $$"
        )
        connection.execute(
            "CREATE OPERATOR planted.="
            " (LEFTARG = integer, RIGHTARG = integer, FUNCTION = planted.eq)"
        )
        connection.execute("SET LOCAL search_path = planted, pg_catalog")
        connection.execute("SELECT * FROM stockgroups.positions_of(1, 1, current_date)")


@on_one_connection
@given(st.lists(st.text(st.sampled_from("testuaprodTEUPD \t\n"), max_size=9), max_size=20))
def test_whose_an_old_entry_is(connection: Connection, named: list[str]) -> None:
    asked = [*named, "test", " Prod\n", "development", None]
    rows = connection.execute(
        b"SELECT stockgroups.home_of_entry(name)"
        b" FROM unnest(%s::text[]) WITH ORDINALITY AS t (name, place) ORDER BY place",
        (asked,),
    ).fetchall()
    assert [home for (home,) in rows] == [home_of(name) for name in asked]


def draw_header(dice: random.Random, number: int, *, retracts: float) -> Header:
    kind = dice.choice(("hand", "hand", "nport", "legacy"))
    published = dice.choice((None, dice.randrange(30)))
    retracted = dice.random() < retracts
    is_proxy = dice.random() < 0.5
    return make_header(number, (dice.randrange(12), 0, is_proxy, retracted, kind, published))


@pytest.mark.parametrize("part", range(4))
def test_the_headers_near_some_snapshots_decide_as_all_headers_do(
    connection: Connection, part: int
) -> None:
    """A load reads few headers, and must conclude from them what it would from all."""
    for number in range(40):
        dice = random.Random(f"{part} {number}")
        recorded = [
            draw_header(dice, place, retracts=dice.choice((0.0, 0.2)))
            for place in range(1, dice.randrange(1, 25))
        ]
        if part == 0:  # reports come late, after many proxies
            recorded = [
                h if h.is_proxy or h.as_of > day(7) else replace(h, is_proxy=True) for h in recorded
            ]
        asked = [
            (draw_header(dice, 1000 + place, retracts=0), dice.random() < 0.8)
            for place in range(dice.randrange(4))
        ]
        check_near(connection, recorded, asked, dice.randrange(-1, 14))


def check_near(
    connection: Connection, recorded: list[Header], asked: list[tuple[Header, bool]], today: int
) -> None:
    before = effective_snapshot(recorded)
    undated = max(day(today), before.as_of if before else day(today))
    coming, snapshots = [], []
    for told, is_dated in asked:
        as_of = told.as_of if is_dated else None
        snapshot = Snapshot(as_of, told.source, told.sha256, "hand/1", (), is_proxy=told.is_proxy)
        snapshots.append((GROUP, snapshot))
        coming.append(told if is_dated else replace(told, as_of=undated))
    with connection.transaction(force_rollback=True):
        record(connection, recorded, [1])
        near = read_headers_near(connection, [GROUP], snapshots, day(today))[GROUP]
    known = {header.id: header for header in recorded}
    near = [known[header.id] for header in near]
    assert near[-1:] == recorded[-1:]
    for headers in ([], coming, *([one] for one in coming)):
        assert effective_snapshot([*near, *headers]) == effective_snapshot([*recorded, *headers])
        assert segments(
            effective_snapshots(near), effective_snapshots([*near, *headers])
        ) == segments(effective_snapshots(recorded), effective_snapshots([*recorded, *headers]))
        by_near, by_all = find_series(near), find_series(recorded)
        for kind in ReportKind:
            assert segments(by_near[kind], find_series([*near, *headers])[kind]) == segments(
                by_all[kind], find_series([*recorded, *headers])[kind]
            )
    for one in coming:
        assert [h for h in near if h.place == one.place or h.sha256 == one.sha256] == [
            h for h in recorded if h.place == one.place or h.sha256 == one.sha256
        ]
        assert _neighbours(near, one) == _neighbours(recorded, one)


OTHER_GROUPS = """
    INSERT INTO stockgroups.snapshots (
        id, group_id, as_of, recorded_at, source, sha256, reader, is_proxy, digest, member_count,
        ref_ids
    )
    SELECT s.id + 1000 * g, g, s.as_of, s.recorded_at, s.source, uuid_send(gen_random_uuid()),
           s.reader, s.is_proxy, s.digest, s.member_count, s.ref_ids
    FROM stockgroups.snapshots s CROSS JOIN generate_series(2, 20) AS g
"""


def test_what_a_load_reads_of_headers_is_no_matter_of_the_record(connection: Connection) -> None:
    recorded = [make_header(n, (n, 0, False, False, "hand", None)) for n in range(1, 300)]
    coming = make_header(300, (300, 0, False, False, "hand", None))
    snapshot = Snapshot(coming.as_of, "hand", "f" * 64, "hand/1", ())
    with connection.transaction(force_rollback=True):
        record(connection, recorded, [1])
        connection.execute(OTHER_GROUPS.encode())
        connection.execute(b"ANALYZE stockgroups.snapshots")
        before = count_read(connection)
        near = read_headers_near(connection, [GROUP], [(GROUP, snapshot)], DAY)[GROUP]
        read = count_read(connection) - before
    assert [header.id for header in near] == [1, 299]
    assert read < 50


def count_read(connection: Connection) -> int:
    """Return how many snapshots the open transaction has read."""
    return int(
        read_one(
            connection,
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_all_tables"
            " WHERE relid = 'stockgroups.snapshots'::regclass",
        )
    )


def _neighbours(headers: list[Header], one: Header) -> list[Header]:
    line = find_series(headers)[one.kind]
    before = [header for header in line if header.as_of < one.as_of]
    after = [header for header in line if header.as_of > one.as_of]
    return before[-1:] + after[:1]
