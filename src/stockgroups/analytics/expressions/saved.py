"""Saved expressions: CUSTOM groups that keep the expression of their members.

This module computes what they would hold now, in the order in which they name each other. It writes
nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.analytics.expressions.ask import evaluate
from stockgroups.analytics.expressions.evaluate import Group
from stockgroups.analytics.expressions.grammar import parse
from stockgroups.analytics.expressions.loading import read_when
from stockgroups.analytics.expressions.tree import list_terms, quote
from stockgroups.db.sql import load_statements
from stockgroups.errors import NotFoundError, StockgroupsError, UsageError
from stockgroups.model import GroupType, Ref
from stockgroups.queries.answers import Holding
from stockgroups.queries.moments import EVER
from stockgroups.queries.origins import Origin
from stockgroups.record.effective import EXPRESSION
from stockgroups.store import Store, execute
from stockgroups.symbols import is_label, make_ref
from stockgroups.text import count_of, find_nearest, fold_key, list_some
from stockgroups.times import today_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stockgroups.analytics.expressions.members import Member, Members
    from stockgroups.analytics.expressions.tree import Node
    from stockgroups.queries.moments import Moment

_SQL = load_statements("expressions")
_CUSTOM = GroupType.CUSTOM.lower()
_REPORTED = frozenset(kind.lower() for kind in GroupType if kind is not GroupType.SECTOR)
"""Types of groups whose refs identify a stock by more than its symbol."""
KEY = "expression"
"""The key of a group's metadata that holds its expression."""
MOST_NAMED = 5
REFRESH = "run `stockgroups refresh {}`"

Weights = dict[str, float | None]


class Saved(NamedTuple):
    """A group with the expression that it keeps, and its stored members."""

    key: str
    text: str
    members: Weights
    is_drifted: bool = False


@dataclass(frozen=True, slots=True)
class Computed:
    """The current result of an expression, in a form that can be stored.

    Attributes:
        text: The expression in canonical spelling.
        refs: A ref for each member, in the order of the symbols.
        members: The members by their symbols of today, with weights if the expression has them.
        group: The group as a term of other expressions.
        warnings: What the answer leaves open, and which stocks cannot be kept.
    """

    key: str
    text: str
    refs: tuple[Ref, ...]
    members: Weights
    group: Group
    warnings: tuple[str, ...] = ()


def read_saved(store: Store, key: str | None = None) -> dict[str, Saved]:
    """Return the groups that keep an expression, by their keys; with `key`, its members alone."""
    return {
        name: Saved(
            name, text, dict(zip(symbols or (), weights or (), strict=True)), bool(is_drifted)
        )
        for name, text, symbols, weights, is_drifted in execute(
            store, _SQL["list_saved"], source=EXPRESSION, key=key
        )
    }


def compute(
    store: Store, key: str, text: str, known: Mapping[str, Computed] | None = None
) -> Computed:
    """Return what an expression gives now as a group; see `evaluate`.

    Args:
        known: What takes the place of stored groups today, by folded keys.
    """
    known = known or {}
    computed = {folded: one.group for folded, one in known.items()}
    answer, tree = evaluate(store, text, None, computed)
    found, left_out = _choose_refs(store, answer, tree, known)
    kept = [member for member in answer.members if member.symbol in found]
    has_weights = any(member.weight is not None for member in kept)
    weights = {one.symbol: _round(one.weight) for one in sorted(kept, key=lambda m: m.symbol)}
    group = Group(
        f"{_CUSTOM}:{quote(key)}",
        _CUSTOM,
        key,
        frozenset(weights),
        weights if has_weights else None,
        {one.symbol: _describe(one, found[one.symbol]) for one in kept},
        key,
        Origin(today_utc(), EXPRESSION, is_proxy=False),
    )
    refs = tuple(found[symbol] for symbol in weights)
    warnings = (*answer.warnings, *left_out)
    return Computed(key, answer.expression, refs, weights, group, warnings)


def recompute(
    store: Store, saved: Mapping[str, Saved], names: Iterable[str] = ()
) -> dict[str, Computed | StockgroupsError]:
    """Return the current result of saved expressions, or why not, each after those it names.

    A group whose expression fails has its stored members for the others.

    Args:
        saved: All groups that keep an expression.
        names: The keys to compute, in any spelling; the saved groups that they name are computed
            too. Empty: all.

    Raises:
        NotFoundError: A name is not the name of a saved expression.
    """
    needs, found = read_needs(saved)
    wanted = set(_follow(needs, _find_keys(store, saved, names))) if names else set(saved)
    graph: dict[str, set[str]] = {}
    for key in sorted(wanted):
        path = find_cycle(needs, key)
        if path:
            found[key] = refuse_cycle(path)
        graph[key] = set() if path else needs[key]
    done: dict[str, Computed] = {}
    results: dict[str, Computed | StockgroupsError] = {}
    for key in TopologicalSorter(graph).static_order():
        if key not in found:
            try:
                found[key] = compute(store, key, saved[key].text, done)
            except StockgroupsError as error:
                found[key] = error
        result = results[key] = found[key]
        if isinstance(result, Computed):
            done[fold_key(key)] = result
    return results


def describe_stale(one: Saved, result: Computed | StockgroupsError) -> str | None:
    """Return how a group differs from its expression's present result; None if it does not."""
    if isinstance(result, StockgroupsError):
        return f"its expression cannot be evaluated now: {result}"
    added = len(result.members.keys() - one.members.keys())
    removed = len(one.members.keys() - result.members.keys())
    both = result.members.keys() & one.members.keys()
    moved = sum(result.members[symbol] != one.members[symbol] for symbol in both)
    changes = [
        f"{count_of(number, 'stock')} {verb}"
        for number, verb in (
            (added, "would be added"),
            (removed, "would be removed"),
            (moved, "would be reweighted"),
        )
        if number
    ]
    return f"stale expression: {', '.join(changes)}" if changes else None


def find_warnings(store: Store, key: str) -> tuple[str, ...]:
    """Return how a group differs from what its saved expression gives now, with the remedy.

    Nothing for another group, and for one that another program has changed: the answer says so.
    """
    saved = read_saved(store, key)
    if key not in saved or saved[key].is_drifted:
        return ()
    result = recompute(store, saved, [key])[key]
    changes = describe_stale(saved[key], result)
    if changes is None or isinstance(result, StockgroupsError):
        return () if changes is None else (changes,)
    return (f"{changes}; {REFRESH.format(key)}",)


def list_needs(tree: Node, saved: Iterable[str]) -> set[str]:
    """Return the keys of the saved expressions that a tree names, on whatever day."""
    folded = {fold_key(key): key for key in saved}
    named = {fold_key(t.name) for t, _ in list_terms(tree) if t.kind in (None, _CUSTOM)}
    return {folded[name] for name in named & folded.keys()}


def find_cycle(needs: Mapping[str, Iterable[str]], key: str) -> list[str]:
    """Return the shortest path from an expression to itself; empty if there is none."""
    paths = [[key]]
    seen: set[str] = set()
    for path in paths:
        for needed in sorted(needs.get(path[-1], ())):
            if needed == key:
                return [*path, key]
            if needed not in seen:
                seen.add(needed)
                paths.append([*path, needed])
    return []


def refuse_cycle(path: Sequence[str]) -> UsageError:
    """Return the error for expressions that depend on each other in a cycle."""
    return UsageError(
        f"an expression cannot depend on itself: {' → '.join(path)}",
        remedy="save one of them with another expression",
    )


def read_needs(
    saved: Mapping[str, Saved],
) -> tuple[dict[str, set[str]], dict[str, Computed | StockgroupsError]]:
    """Return which saved expressions each names, and the errors of those that are none."""
    needs: dict[str, set[str]] = {}
    errors: dict[str, Computed | StockgroupsError] = {}
    for key, one in saved.items():
        try:
            needs[key] = list_needs(parse(one.text), saved)
        except StockgroupsError as error:
            needs[key], errors[key] = set(), error
    return needs, errors


def _follow(needs: Mapping[str, Iterable[str]], keys: Iterable[str]) -> Iterator[str]:
    """Yield some keys and all that they need, each once."""
    waiting = list(keys)
    seen = set(waiting)
    while waiting:
        key = waiting.pop()
        yield key
        fresh = set(needs[key]) - seen
        seen |= fresh
        waiting += fresh


def _find_keys(store: Store, saved: Mapping[str, Saved], names: Iterable[str]) -> list[str]:
    folded = {fold_key(key): key for key in saved}
    keys = []
    for name in names:
        key = name if name in saved else folded.get(fold_key(name))
        if key is None:
            raise NotFoundError(
                f"no saved expression {name!r} in environment {store.environment}",
                nearest=find_nearest(name, saved),
            )
        keys.append(key)
    return keys


def _choose_refs(
    store: Store, answer: Members, tree: Node, known: Mapping[str, Computed]
) -> tuple[dict[str, Ref], tuple[str, ...]]:
    """Return a ref for each member by its symbol, and a warning if some have none.

    It is a ref of the groups' own reports that is this stock today, else the symbol alone. A stock
    whose ticker is another one's today is kept by an identifier of its report; without one it
    cannot be kept.
    """
    candidates: dict[str, set[Ref]] = defaultdict(set)
    places: list[tuple[str, str, Moment | None]] = []
    for term, when in list_terms(tree):
        if when is None and term.kind == _CUSTOM and (one := known.get(fold_key(term.name))):
            for symbol, ref in zip(one.members, one.refs, strict=True):
                candidates[symbol].add(ref)
        elif term.kind in _REPORTED:
            places.append((str(term.kind).upper(), term.name, read_when(when)))
    types, names, moments = zip(*places, strict=True) if places else ((), (), ())
    for symbol, is_today, *fields in execute(
        store,
        _SQL["list_candidates"],
        types=list(types),
        names=list(names),
        days=[moment and moment.on for moment in moments],
        known=[(moment and moment.known_at) or EVER for moment in moments],
        published=[moment and moment.published_by for moment in moments],
        today=today_utc(),
        security_ids=[m.security_id for m in answer.members if m.security_id is not None],
    ):
        ref = Ref(*fields)
        if is_today:
            candidates[symbol].add(ref)
        elif is_label(symbol) and _has_identifier(ref):
            candidates[symbol].add(ref._replace(symbol=None, ticker=None))
    found: dict[str, Ref] = {}
    taken: set[str | None] = set()
    lost = []
    for symbol in answer.symbols:
        usable = [r for r in candidates[symbol] if r.symbol is None or r.symbol not in taken]
        if usable:
            found[symbol] = min(usable, key=lambda ref: _rank(ref, symbol))
        elif not is_label(symbol) and symbol not in taken:
            found[symbol] = make_ref(symbol)
        else:
            lost.append(symbol)
            continue
        taken.add(found[symbol].symbol)
    if not lost:
        return found, ()
    shown = list_some(lost, MOST_NAMED)
    return found, (f"left out, as another stock has the ticker today: {shown}",)


def _rank(ref: Ref, symbol: str) -> tuple[bool, bool, list[str]]:
    """Return what orders refs of one stock: its present symbol first, then identifiers."""
    return ref.symbol != symbol, not _has_identifier(ref), [text or "" for text in ref]


def _has_identifier(ref: Ref) -> bool:
    return any((ref.cusip, ref.isin, ref.sedol, ref.figi))


def _describe(member: Member, ref: Ref) -> Holding:
    """Return a member in the form that the stored group will give."""
    return Holding(
        member.symbol,
        ref.symbol,
        ref.name,
        _round(member.weight),
        sector=member.sector,
        country=ref.country,
        currency=ref.currency,
    )


def _round(weight: float | None) -> float | None:
    """Return a weight as snapshots keep it, to twelve significant digits."""
    return None if weight is None else float(f"{weight:.12g}")
