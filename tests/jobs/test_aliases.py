"""Aliases that a person confirms: one audited load each, which counts at once for all groups."""

from __future__ import annotations

import datetime as dt

import pytest

from samples import make_fund, make_printed
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.errors import GuardError, NotFoundError, UsageError
from stockgroups.jobs.identity import add_alias, list_aliases, remove_alias
from stockgroups.model import Alias, Ref
from stockgroups.store.apply import apply
from tables import dump, read_members, read_one

DAY = dt.date(2026, 2, 2)
RENAME = Alias("OLDT", DAY, "NEWT", "the company")
META = Alias("XXXX", dt.date(2022, 6, 9), "META", "me")


@pytest.fixture
def loaded(connection: Connection, catalog: Catalog) -> Connection:
    """One company under its old ticker in one fund, under its new one in another."""
    before = make_printed(DAY - dt.timedelta(20), {Ref("OLDT", name="OLD THINGS INC"): 1.0})
    after = make_printed(
        DAY + dt.timedelta(5), {Ref("NEWT", name="SOMETHING NEW CORP"): 0.5, Ref("AAPL"): 0.5}
    )
    apply(
        connection,
        "TEST",
        [make_fund("AAA", before), make_fund("BBB", after)],
        aliases=catalog.aliases,
    )
    return connection


def test_a_confirmed_rename_shows_in_every_group(loaded: Connection, catalog: Catalog) -> None:
    plan = add_alias(loaded, "TEST", RENAME, catalog)
    assert read_members(loaded, "AAA") == {"NEWT": 1.0}
    assert read_members(loaded, "BBB") == {"AAPL": 0.5, "NEWT": 0.5}
    assert [(g.key.name, sorted(g.added), g.removed) for g in plan.groups if g.changes_members] == [
        ("AAA", ["NEWT"], ["OLDT"])
    ]
    row = loaded.execute(
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
    own = [one.alias for one in list_aliases(loaded, "TEST", catalog) if one.is_own]
    assert own == [RENAME]


def test_adding_it_again_changes_nothing(loaded: Connection, catalog: Catalog) -> None:
    add_alias(loaded, "TEST", RENAME, catalog)
    before = dump(loaded)
    assert add_alias(loaded, "TEST", RENAME, catalog).load_id is None
    assert dump(loaded) == before


def test_a_later_load_keeps_to_it(loaded: Connection, catalog: Catalog) -> None:
    add_alias(loaded, "TEST", RENAME, catalog)
    late = make_printed(DAY + dt.timedelta(9), {Ref("OLDT", name="OLD THINGS INC"): 1.0})
    apply(loaded, "TEST", [make_fund("CCC", late)], aliases=catalog.aliases)
    assert read_members(loaded, "CCC") == {"NEWT": 1.0}


def test_taken_back_all_is_as_before(loaded: Connection, catalog: Catalog) -> None:
    add_alias(loaded, "TEST", RENAME, catalog)
    alias, plan = remove_alias(loaded, "TEST", "OLDT", DAY, catalog)
    assert (alias, plan.load_id is None) == (RENAME, False)
    assert read_members(loaded, "AAA") == {"OLDT": 1.0}
    assert not any(one.is_own for one in list_aliases(loaded, "TEST", catalog))


def test_an_alias_of_what_nobody_holds_is_audited_too(loaded: Connection, catalog: Catalog) -> None:
    version = read_one(
        loaded, "SELECT version FROM stockgroups.env_state WHERE environment = 'TEST'"
    )
    plan = add_alias(loaded, "TEST", RENAME._replace(old="XXXX", new=None), catalog)
    assert plan.load_id is not None
    assert read_one(loaded, "SELECT changes FROM stockgroups.loads ORDER BY id DESC") == {}
    assert (
        read_one(loaded, "SELECT version FROM stockgroups.env_state WHERE environment = 'TEST'")
        == version + 1
    )


def test_a_persons_word_stands_before_the_catalogues_until_it_is_taken_back(
    loaded: Connection, catalog: Catalog
) -> None:
    shipped = next(one for one in catalog.aliases if one.old == "FB")
    mine = shipped._replace(source="I know it better")
    add_alias(loaded, "TEST", mine, catalog)
    known = {one.alias[:2]: one for one in list_aliases(loaded, "TEST", catalog)}
    assert known[shipped[:2]].alias == mine
    remove_alias(loaded, "TEST", shipped.old, shipped.effective, catalog)
    known = {one.alias[:2]: one for one in list_aliases(loaded, "TEST", catalog)}
    assert (known[shipped[:2]].alias, known[shipped[:2]].is_own) == (shipped, False)
    stored = read_one(loaded, "SELECT origin FROM stockgroups.aliases WHERE old_symbol = 'FB'")
    assert stored == "catalog"


def test_one_environment_does_not_learn_from_another(loaded: Connection, catalog: Catalog) -> None:
    add_alias(loaded, "TEST", RENAME, catalog)
    assert not any(one.is_own for one in list_aliases(loaded, "UAT", catalog))


def test_what_cannot_be_is_refused(loaded: Connection, catalog: Catalog) -> None:
    before = dump(loaded)
    with pytest.raises(UsageError, match="become itself"):
        add_alias(loaded, "TEST", RENAME._replace(new="OLDT"), catalog)
    with pytest.raises(GuardError, match="future"):
        add_alias(loaded, "TEST", RENAME._replace(effective=dt.date(2999, 1, 1)), catalog)
    with pytest.raises(GuardError, match="FB became META on that day"):
        add_alias(loaded, "TEST", META, catalog)
    with pytest.raises(NotFoundError, match="catalogue's"):
        remove_alias(loaded, "TEST", "FB", dt.date(2022, 6, 9), catalog)
    with pytest.raises(NotFoundError, match="nobody has added"):
        remove_alias(loaded, "TEST", "OLDT", DAY, catalog)
    assert dump(loaded) == before
