"""Find the symbols that are one stock without a doubt."""

from __future__ import annotations

from itertools import chain, groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from stockgroups.identity.codes import list_candidates
from stockgroups.identity.evidence import NAMELESS, read_identifiers
from stockgroups.identity.names import Likeness, compare_names
from stockgroups.identity.strays import LONG
from stockgroups.symbols.identifiers import valid_cusip, valid_figi, valid_isin, valid_sedol

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from stockgroups.identity.evidence import Evidence, NumberedRef
    from stockgroups.model import Ref

_CUSIP = slice(2, 11)
_SYMBOL = attrgetter("symbol")
_START = attrgetter("start")
_IDENTIFIERS = slice(3, 7)  # of the fields of a ref
_FIRST_TWO = slice(3, 5)  # CUSIP and ISIN


def find_connected(evidence: Evidence) -> set[str]:
    """Return the symbols that something connects with others, including NAMELESS.

    Another symbol has one of their identifiers, they have two of one scheme, or an alias, spelling
    or succession names them.
    """
    connected = {NAMELESS, *(symbol for pair in evidence.successions for symbol in pair[:2])}
    connected |= {symbol for pair in evidence.spellings.items() for symbol in pair}
    for alias in evidence.aliases:
        connected |= {alias.old, alias.new or alias.old}
    for ref in evidence.refs:
        if ref.ticker is not None:
            connected |= list_candidates(ref.ticker)
    holders: dict[str, str] = {}
    for symbol, held in group_refs(evidence.refs):
        keys = {identifier_keys(ref) for ref in list_distinct(held)}
        for value in filter(None, chain.from_iterable(keys)):
            if holders.setdefault(value, symbol) != symbol:
                connected |= {symbol, holders[value]}
        if len(keys) > 1 and any(len({*scheme, None}) > 2 for scheme in zip(*keys, strict=True)):
            connected.add(symbol)
    return connected


def group_refs(refs: Iterable[NumberedRef]) -> Iterator[tuple[str, list[NumberedRef]]]:
    """Yield the refs of each symbol in turn: lists of all would take 200 bytes a ref."""
    for symbol, held in groupby(sorted(refs, key=_SYMBOL), _SYMBOL):
        yield symbol, [*held]


def list_distinct(refs: Iterable[NumberedRef]) -> Collection[NumberedRef]:
    """Return one ref for each set of identifiers: most reports of a stock have the same."""
    return {ref[_IDENTIFIERS]: ref for ref in refs}.values()


def is_identified(refs: Sequence[NumberedRef]) -> bool:
    """Whether the refs of an unconnected symbol all have the same valid identifier.

    The symbol is then one stock for all time, whenever it is reported; its runs are not needed.
    """
    one = refs[0]
    distinct = list_distinct(refs)
    # Nearly all refs of a symbol agree in the first two, and then one check digit is enough.
    if len({ref[_FIRST_TWO] for ref in distinct}) == 1 and (
        valid_isin(one.isin) or valid_cusip(one.cusip)
    ):
        return True
    if len(distinct) == 1:
        return bool(valid_sedol(one.sedol) or valid_figi(one.figi))
    first, *others = map(read_identifiers, distinct)
    return any(
        values and all(values == other[place] for other in others)
        for place, values in enumerate(first)
    )


def is_continuous(refs: Sequence[NumberedRef], evidence: Evidence) -> bool:
    """Whether the refs of an unconnected symbol are reported as one stock without a break.

    They have one name, or all lie within a time so short that names do not matter. All symbols that
    are neither identified nor continuous are settled by `identify`.
    """
    runs = [run for r in refs for run in evidence.runs.get(r.number, ())]
    names = {ref.name for ref in refs if ref.name}
    first = min(names, default="")
    if any(compare_names(first, name) is not Likeness.SAME for name in names) and (
        not runs or max(r.days[-1] for r in runs) - min(r.days[0] for r in runs) > LONG
    ):
        return False
    if not runs:
        return True
    runs.sort(key=_START)
    began, until = runs[0].start, runs[0].end
    if any(began < handover.until for handover in evidence.handovers.get(refs[0].symbol, ())):
        return False
    for run in runs:
        if run.start > until:
            return False
        until = max(until, run.end)
    return True


def identifier_keys(ref: NumberedRef | Ref) -> tuple[str | None, ...]:
    """Return a ref's identifiers: CUSIP, another CUSIP, ISIN, SEDOL, FIGI.

    A US or Canadian ISIN is its CUSIP, and another one where the ref has a different CUSIP too.
    """
    cusip, other, isin = ref.cusip, None, ref.isin
    if isin and isin[:2] in ("US", "CA"):
        inside, isin = isin[_CUSIP], None
        cusip, other = cusip or inside, inside if cusip and cusip != inside else None
    return cusip, other, isin, ref.sedol, ref.figi
