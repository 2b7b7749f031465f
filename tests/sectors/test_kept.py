"""Which memberships of SECTOR groups are another program's."""

from __future__ import annotations

from samples import make_fund, make_snapshot
from stockgroups.db.connection import Connection
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.organize import organize_sectors
from stockgroups.record.apply import apply
from stockgroups.sectors import read_kept
from stockgroups.store import Store


def test_a_member_that_another_program_adds_after_a_build_is_theirs(
    connection: Connection, store: Store
) -> None:
    snapshot = make_snapshot({"XOM": 0.5, "V": 0.5}, sectors=("Energy", "Financials"))
    apply(store, [make_fund("IWV", snapshot)])
    organize_sectors(store)
    build_metadata(store)
    assert read_kept(store) == {}
    connection.execute(
        "INSERT INTO public.group_memberships (group_id, symbol)"
        " SELECT id, 'V' FROM public.definition_groups WHERE type = 'SECTOR' AND name = 'energy'"
    )
    ((symbol, words),) = read_kept(store).items()
    assert (symbol, [word.sector for word in words]) == ("V", ["energy"])
