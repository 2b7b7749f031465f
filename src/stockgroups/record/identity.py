"""Plan what incoming snapshots change in securities; nothing is written here.

Only the symbols that are connected with the new refs are computed, or all of them if aliases,
directories or the rules have changed. The result is the same as from all evidence together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.db.sql import load_statements
from stockgroups.identity.components import (
    find_connected,
    group_refs,
    is_continuous,
    is_identified,
)
from stockgroups.identity.evidence import NAMELESS, NumberedRef
from stockgroups.identity.identify import identify
from stockgroups.identity.parts import key_of, keys_of, split_evidence
from stockgroups.identity.securities import (
    Security,
    plain_security,
)
from stockgroups.model import Alias, GroupKey, GroupType
from stockgroups.record.breaks import find_breaks
from stockgroups.record.effective import CONCLUDED
from stockgroups.record.evidence import Inputs, find_registered, gather, make_evidence, read_all
from stockgroups.record.identity_plan import IdentityPlan
from stockgroups.record.ref_securities import RefSecurities
from stockgroups.record.sightings import GroupSnapshot, read_sightings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.identity.evidence import Evidence
    from stockgroups.identity.parts import Part
    from stockgroups.model import Ref
    from stockgroups.ranges import SymbolInterval
    from stockgroups.record.evidence import Gathered
    from stockgroups.record.refs import RefNumbers
    from stockgroups.store import Store

_SQL = load_statements("identity")
MOST_AT_ONCE = 5_000
"""Refs and symbols that are settled at once, where they are not all connected: their lines take ten
times the memory of what comes out."""


def plan_identity(
    store: Store,
    group_snapshots: Sequence[GroupSnapshot],
    refs: RefNumbers,
    aliases: Sequence[Alias] | None = None,
    *,
    afresh: bool = False,
    records: bool = False,
) -> IdentityPlan:
    """Return the securities as they are once the snapshots are recorded; none is written.

    SECTOR and CUSTOM groups are no evidence: their members were derived from refs. A stock that is
    only in such groups is a security all the same.

    Args:
        group_snapshots: The incoming snapshots.
        refs: The numbers of their refs, and of no others.
        aliases: The catalogue's aliases; None leaves the stored ones.
        afresh: Compute everything again, even if nothing requires it.
        records: Record the refs meanwhile if they are the first ones of the environment.
    """
    group_snapshots = [
        group_snapshot
        for group_snapshot in group_snapshots
        if group_snapshot.stored.key.type not in CONCLUDED
    ]
    inputs = Inputs(store, aliases)
    ref_securities = RefSecurities(store, is_empty=not inputs.has_refs)
    ref_securities.read(refs.pairs)
    plan = IdentityPlan(store.environment, inputs.digest, ref_securities, inputs.changed_aliases)
    plan.was = inputs.was
    # The first refs are settled by themselves.
    is_first = records and not inputs.has_refs
    if afresh or inputs.was != inputs.digest or not inputs.has_refs:
        gathered = read_all(store)
        if is_first and not inputs.has_lists:
            refs.record_ahead()
        gathered.refs |= {n: number_ref(n, ref) for n, ref in refs.missing}
        find_registered(store, gathered, inputs)
    else:
        new = [number_ref(number, ref) for number, ref in refs.missing]
        requested = {ref.symbol for ref in new if ref.symbol != NAMELESS}
        for group_snapshot in group_snapshots:
            symbols, nameless = _find_doubtful(group_snapshot, refs, ref_securities)
            requested |= symbols
            new += nameless
        breaking, ending = find_breaks(store, group_snapshots, refs)
        requested |= breaking
        new += ending
        if not (requested or new):
            return plan
        gathered = gather(store, new, requested, inputs)
    ref_securities.read((ref.number, ref.symbol) for ref in gathered.refs.values())
    evidence = make_evidence(gathered, inputs)
    if is_first and inputs.has_lists:  # these were asked until now
        refs.record_ahead()
    _settle(store, plan, gathered, evidence, group_snapshots, refs)
    plan.touched = _find_touched(store.connection, plan, gathered.refs)
    return plan


def _find_doubtful(
    group_snapshot: GroupSnapshot, refs: RefNumbers, ref_securities: RefSecurities
) -> tuple[set[str], list[NumberedRef]]:
    """Return the known refs that a snapshot may make another security.

    A ref without a symbol is left out, unless its snapshot holds another ref of the same security,
    which may contradict it, or replaces a snapshot that may have held one.

    Returns:
        The symbols of refs that have one, and the other refs.
    """
    snapshot, day = group_snapshot.incoming.snapshot, group_snapshot.incoming.as_of
    has_nameless = snapshot.member_count < len(snapshot.refs)
    numbers = refs.of(group_snapshot.incoming)
    if ref_securities.are_plain(numbers) and not has_nameless:
        return set(), []
    held = [*zip(numbers, snapshot.refs, strict=True)]
    doubtful = {
        ref.symbol
        for number, ref in held
        if ref.symbol is not None and not ref_securities.is_settled(number, ref.symbol, day)
    }
    if not has_nameless:
        return doubtful, []
    today = [ref_securities.symbol_of(number, ref.symbol or NAMELESS, day) for number, ref in held]
    times = Counter(today)
    return doubtful, [
        number_ref(number, ref)
        for (number, ref), symbol in zip(held, today, strict=True)
        if ref.symbol is None
        and number > 0
        and (group_snapshot.is_correction or (symbol != NAMELESS and times[symbol] > 1))
    ]


def number_ref(number: int, ref: Ref) -> NumberedRef:
    """Return a ref as evidence, under its number."""
    symbol, ticker, name, cusip, isin, sedol, figi, *_ = ref
    # Thousands at once: by `_make` they take two thirds of the time.
    return NumberedRef._make(
        (number, symbol or NAMELESS, name, cusip, isin, sedol, figi, None if symbol else ticker)
    )


def _settle(
    store: Store,
    plan: IdentityPlan,
    gathered: Gathered,
    evidence: Evidence,
    group_snapshots: Sequence[GroupSnapshot],
    refs: RefNumbers,
) -> None:
    """Fill the plan with the identity of the gathered refs."""
    moved = plan.ref_securities.moved
    connected = find_connected(evidence)
    doubtful = {
        symbol: held
        for symbol, held in group_refs(evidence.refs)
        if symbol not in connected and not is_identified(held)
    }
    seen = {*connected, *doubtful, *moved}
    watched = [
        ref.number
        for ref in gathered.refs.values()
        if ref.symbol in seen or ref.number in plan.ref_securities.exceptions
    ]
    sightings = read_sightings(store, watched, group_snapshots, refs)
    plan.sightings = sightings
    evidence = replace(evidence, runs=gathered.registered.runs | sightings.runs)
    open_symbols = connected | {
        symbol for symbol, held in doubtful.items() if not is_continuous(held, evidence)
    }
    evidence = replace(evidence, refs=[r for r in evidence.refs if r.symbol in open_symbols])
    plain = {ref.symbol for ref in gathered.refs.values()} - open_symbols
    known = _find_known(plan.ref_securities, gathered)
    plan.fresh = sorted(plain - known)
    plain &= known
    plan.note_refs(gathered.refs.values())
    refs_left: dict[str, list[NumberedRef]] = defaultdict(list)
    settled = open_symbols | plain
    for ref in gathered.refs.values():
        if ref.symbol in settled:
            refs_left[key_of(ref)].append(ref)
    looked_at = {one.symbol for held in refs_left.values() for one in held}
    stored_left: dict[str, list[int]] = defaultdict(list)
    for number, security in gathered.stored.items():
        stored_left[_key_of(security)].append(number)
    bonds = _find_bonds(plan.ref_securities, gathered)
    for part in split_evidence(evidence, plain, bonds, MOST_AT_ONCE):
        one = IdentityPlan(plan.environment, plan.digest, plan.ref_securities)
        one.sightings = sightings
        one.refs = {ref.number: ref for ref in part.pop_from(refs_left)}
        one.stored = {number: gathered.stored[number] for number in part.pop_from(stored_left)}
        _settle_part(one, part, evidence)
        plan.absorb(one, is_alone=part.is_all)
    plan.sort_parts()
    stale = {number for number in plan.stale_refs if gathered.refs[number].symbol == NAMELESS}
    held_in = {run.group for number in stale for run in sightings.runs.get(number, ())}
    groups = map(sightings.groups.__getitem__, held_in)
    plan.holders = {group for group in groups if isinstance(group, int)}
    plan.index_owners(looked_at | {ref.symbol for ref in gathered.registered.refs.values()})


def _settle_part(plan: IdentityPlan, part: Part, evidence: Evidence) -> None:
    """Fill the plan with one part of the evidence, which has its refs and stored securities."""
    plan.identity = identify(part.take_from(evidence))
    plan.securities = [*plan.identity.securities, *map(plain_security, part.plain)]
    plan.numbers = match_securities(plan.securities, plan.stored)
    plan.exceptions = dict(plan.identity.exceptions)
    plan.stale_refs = _find_stale(plan, plan.refs)


def _key_of(security: Security) -> str:
    return security.intervals[0].symbol if security.intervals else security.label


def _find_known(ref_securities: RefSecurities, gathered: Gathered) -> set[str]:
    """Return the symbols of stored securities, and of refs that belong to another one's symbol.

    A plain symbol that is not among them is a new security, and changes nothing that is stored.
    """
    known = {i.symbol for security in gathered.stored.values() for i in security.intervals}
    excepted = ref_securities.exceptions.keys() & gathered.refs.keys()
    return known | {gathered.refs[number].symbol for number in excepted}


def _find_bonds(ref_securities: RefSecurities, gathered: Gathered) -> Iterator[list[str]]:
    """Yield what stored securities connect: their symbols, and the refs that belong to them."""
    for security in gathered.stored.values():
        yield [_key_of(security), *(interval.symbol for interval in security.intervals)]
    for number in ref_securities.exceptions.keys() & gathered.refs.keys():
        for *_, owner in ref_securities.exceptions[number]:
            holder = gathered.stored.get(owner)
            if holder is not None:
                yield [_key_of(holder), *keys_of(gathered.refs[number])]


def match_securities(
    securities: Sequence[Security], stored: Mapping[int, Security]
) -> list[int | None]:
    """Return for each security the number of the stored one that it continues, or None.

    That is the stored security with the lowest number that had one of its symbols at the same time,
    or that has its label. So numbers stay when securities are recomputed.
    """
    if not stored:
        return [None] * len(securities)
    holders: dict[str, list[tuple[int, SymbolInterval]]] = defaultdict(list)
    labels: dict[str, list[int]] = defaultdict(list)
    for number in sorted(stored):
        labels[stored[number].label].append(number)
        for interval in stored[number].intervals:
            holders[interval.symbol].append((number, interval))
    taken: set[int] = set()
    numbers: list[int | None] = []
    for security in securities:
        candidates = sorted(
            number
            for interval in security.intervals
            for number, held in holders.get(interval.symbol, ())
            if held.valid_from < interval.valid_to
            and interval.valid_from < held.valid_to
            and number not in taken
        )
        if not candidates and not security.intervals:
            candidates = [number for number in labels[security.label] if number not in taken]
        numbers.append(candidates[0] if candidates else None)
        taken.update(candidates[:1])
    return numbers


def _find_stale(plan: IdentityPlan, refs: Mapping[int, NumberedRef]) -> list[int]:
    """Return the refs for which the tables hold another security than the plan, or none."""
    stale = []
    for number in sorted(
        plan.exceptions.keys() | (plan.ref_securities.exceptions.keys() & refs.keys())
    ):
        stored = plan.ref_securities.exceptions.get(number, [])
        wanted = [
            (interval.valid_from, interval.valid_to, plan.numbers[interval.security])
            for interval in plan.exceptions.get(number, ())
        ]
        if stored != wanted:
            stale.append(number)
    return stale


def _find_touched(
    connection: Connection, plan: IdentityPlan, refs: Mapping[int, NumberedRef]
) -> set[GroupKey]:
    """Return the groups that hold a symbol whose security has changed."""
    symbols = {refs[number].symbol for number in plan.stale_refs}
    for number in plan.stale_refs:
        held = plan.ref_securities.exceptions.get(number, ())
        symbols |= {plan.ref_securities.symbols[security] for *_, security in held}
    kept = dict(zip(plan.numbers, plan.securities, strict=True))
    for number, security in plan.stored.items():
        if kept.get(number) != security:
            symbols |= {security.label, *(interval.symbol for interval in security.intervals)}
    if not symbols and not plan.holders:
        return set()
    rows = connection.execute(
        _SQL["find_holders"],
        {
            "environment": plan.environment,
            "symbols": sorted(symbols),
            "registry_ids": sorted(plan.holders),
        },
    )
    return {GroupKey(plan.environment, GroupType(kind), name) for kind, name in rows}
