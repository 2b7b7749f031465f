"""Aliases that a person confirms: one audited load each, which counts at once for all groups."""

from __future__ import annotations

import datetime as dt

import pytest

from samples import make_fund, make_printed
from stockgroups.catalog import Catalog
from stockgroups.errors import GuardError, NotFoundError
from stockgroups.jobs.identity import add_alias, list_aliases, remove_alias
from stockgroups.model import Alias, Ref
from stockgroups.record.apply import apply
from stockgroups.store import Store
from tables import dump, read_members, read_one

DAY = dt.date(2026, 2, 2)
RENAME = Alias("OLDT", DAY, "NEWT", "the company")
META = Alias("XXXX", dt.date(2022, 6, 9), "META", "me")


@pytest.fixture
def loaded(store: Store, catalog: Catalog) -> Store:
    """One company under its old ticker in one fund, under its new one in another."""
    before = make_printed(DAY - dt.timedelta(20), {Ref("OLDT", name="OLD THINGS INC"): 1.0})
    after = make_printed(
        DAY + dt.timedelta(5), {Ref("NEWT", name="SOMETHING NEW CORP"): 0.5, Ref("AAPL"): 0.5}
    )
    apply(store, [make_fund("AAA", before), make_fund("BBB", after)], aliases=catalog.aliases)
    return store


def test_a_confirmed_rename_shows_in_every_group(loaded: Store) -> None:
    plan = add_alias(loaded, RENAME).plan
    assert read_members(loaded.connection, "AAA") == {"NEWT": 1.0}
    assert read_members(loaded.connection, "BBB") == {"AAPL": 0.5, "NEWT": 0.5}
    assert [(g.key.name, sorted(g.added), g.removed) for g in plan.groups if g.changes_members] == [
        ("AAA", ["NEWT"], ["OLDT"])
    ]
    row = loaded.connection.execute(
        "SELECT kind, arguments, changes FROM stockgroups.loads WHERE id = %s", (plan.load_id,)
    ).fetchone()
    assert row is not None
    assert row[0] == "alias"
    assert row[1] == {
        "action": "add",
        "old": "OLDT",
        "new": "NEWT",
        "effective": "2026-02-02",
        "source": "the company",
    }
    assert row[2]["ETF AAA"]["added"] == 1
    own = [one.alias for one in list_aliases(loaded) if one.is_own]
    assert own == [RENAME]


def test_adding_it_again_changes_nothing(loaded: Store) -> None:
    add_alias(loaded, RENAME)
    before = dump(loaded.connection)
    assert add_alias(loaded, RENAME).outcome == "unchanged"
    assert dump(loaded.connection) == before


def test_a_later_load_keeps_to_it(loaded: Store, catalog: Catalog) -> None:
    add_alias(loaded, RENAME)
    late = make_printed(DAY + dt.timedelta(9), {Ref("OLDT", name="OLD THINGS INC"): 1.0})
    apply(loaded, [make_fund("CCC", late)], aliases=catalog.aliases)
    assert read_members(loaded.connection, "CCC") == {"NEWT": 1.0}


def test_taken_back_all_is_as_before(loaded: Store) -> None:
    add_alias(loaded, RENAME)
    done = remove_alias(loaded, "OLDT", DAY)
    assert (done.alias, done.outcome) == (RENAME, "removed")
    assert read_members(loaded.connection, "AAA") == {"OLDT": 1.0}
    assert not any(one.is_own for one in list_aliases(loaded))


def test_an_alias_of_what_nobody_holds_is_audited_too(loaded: Store) -> None:
    version = read_one(
        loaded.connection, "SELECT version FROM stockgroups.env_state WHERE environment = 'TEST'"
    )
    plan = add_alias(loaded, RENAME._replace(old="XXXX", new=None)).plan
    assert plan.load_id is not None
    assert (
        read_one(loaded.connection, "SELECT changes FROM stockgroups.loads ORDER BY id DESC") == {}
    )
    assert (
        read_one(
            loaded.connection,
            "SELECT version FROM stockgroups.env_state WHERE environment = 'TEST'",
        )
        == version + 1
    )


def test_a_persons_word_stands_before_the_catalogues_until_it_is_taken_back(
    loaded: Store, catalog: Catalog
) -> None:
    shipped = next(one for one in catalog.aliases if one.old == "FB")
    mine = shipped._replace(source="I know it better")
    add_alias(loaded, mine)
    known = {one.alias[:2]: one for one in list_aliases(loaded)}
    assert known[shipped[:2]].alias == mine
    remove_alias(loaded, shipped.old, shipped.effective)
    known = {one.alias[:2]: one for one in list_aliases(loaded)}
    assert (known[shipped[:2]].alias, known[shipped[:2]].is_own) == (shipped, False)
    stored = read_one(
        loaded.connection, "SELECT origin FROM stockgroups.aliases WHERE old_symbol = 'FB'"
    )
    assert stored == "catalog"


def test_one_environment_does_not_learn_from_another(loaded: Store, catalog: Catalog) -> None:
    add_alias(loaded, RENAME)
    assert not any(
        one.is_own for one in list_aliases(Store(loaded.connection, "UAT", catalog=catalog))
    )


def test_what_cannot_be_is_refused(loaded: Store) -> None:
    before = dump(loaded.connection)
    with pytest.raises(GuardError, match="future"):
        add_alias(loaded, RENAME._replace(effective=dt.date(2999, 1, 1)))
    with pytest.raises(GuardError, match="FB became META on that day"):
        add_alias(loaded, META)
    with pytest.raises(NotFoundError, match="part of the catalogue"):
        remove_alias(loaded, "FB", dt.date(2022, 6, 9))
    with pytest.raises(NotFoundError, match="there is no added alias"):
        remove_alias(loaded, "OLDT", DAY)
    assert dump(loaded.connection) == before
