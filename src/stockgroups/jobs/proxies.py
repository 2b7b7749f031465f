"""Remove proxies from funds, as a load that can be rolled back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.db.transactions import supposing, writing
from stockgroups.jobs.load_gaps import Recorded
from stockgroups.json_values import Fields
from stockgroups.model import GroupKey, GroupType
from stockgroups.record.apply import apply
from stockgroups.record.desired import Amendment, DesiredGroup
from stockgroups.record.effective import current_snapshots
from stockgroups.record.loads import LoadNote
from stockgroups.record.state import read_groups

if TYPE_CHECKING:
    from stockgroups.store import Store


@dataclass(frozen=True, slots=True)
class ProxyRemoval(Fields):
    """What was removed. `emptied` are the funds that had only their proxy."""

    KEYS = "dry_run funds emptied load=load_id"

    funds: tuple[str, ...]
    emptied: tuple[str, ...]
    load_id: int | None
    dry_run: bool


def remove_proxies(store: Store, etf: str | None = None, *, dry_run: bool = False) -> ProxyRemoval:
    """Retract every proxy of one fund, or of all funds, on every date.

    A fund that has nothing else is deleted; a fund with a file keeps the members of its files. A
    later `load` does not bring the proxies back. A rollback of this load does.
    """
    with supposing(store.connection) if dry_run else writing(store.connection, store.environment):
        recorded = Recorded.read(store, None if etf is None else [etf])
        keys = [store.key(GroupType.ETF, name) for name in recorded.standing]
        stored = read_groups(store, keys)
        amendments: list[Amendment] = []
        desired: list[DesiredGroup] = []
        delete: list[GroupKey] = []
        for key in keys:
            number = stored[key].registry_id
            valid = current_snapshots(stored[key].headers)
            proxies = [header for header in valid if header.is_proxy]
            if number is None or not proxies:
                continue
            amendments += [Amendment(key, number, header.id, restates=False) for header in proxies]
            if len(proxies) == len(valid):
                delete.append(key)
            else:
                desired.append(DesiredGroup(key, snapshots=()))
        if not amendments:
            return ProxyRemoval((), (), None, dry_run)
        plan = apply(
            store,
            desired,
            dry_run=dry_run,
            delete=delete,
            amendments=amendments,
            note=LoadNote("remove-proxies", {"etf": etf} if etf else {}),
        )
    funds = sorted(key.name for key in (*delete, *(group.key for group in desired)))
    emptied = tuple(sorted(key.name for key in delete))
    return ProxyRemoval(tuple(funds), emptied, None if dry_run else plan.load_id, dry_run)
