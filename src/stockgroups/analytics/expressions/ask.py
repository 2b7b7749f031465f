"""`find_members`: from the text of an expression to the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stockgroups.analytics.attributes import Description, describe_stocks
from stockgroups.analytics.expressions.evaluate import Evaluator
from stockgroups.analytics.expressions.grammar import parse
from stockgroups.analytics.expressions.loading import DatabaseSource
from stockgroups.analytics.expressions.members import Member, Members, UsedGroup
from stockgroups.analytics.expressions.tree import STOCK, map_terms
from stockgroups.collector import pausing_collector
from stockgroups.db.transactions import reading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stockgroups.analytics.expressions.evaluate import Group, Selection
    from stockgroups.analytics.expressions.tree import Node
    from stockgroups.queries.moments import Moment
    from stockgroups.store import Store


class Evaluated(NamedTuple):
    """An answer with the tree of its expression, in which every name has its type."""

    answer: Members
    tree: Node


def find_members(store: Store, text: str, moment: Moment | None = None) -> Members:
    """Return the stocks of an expression, now or at a moment; see `evaluate`."""
    return evaluate(store, text, moment).answer


@pausing_collector()
def evaluate(
    store: Store,
    text: str,
    moment: Moment | None = None,
    computed: Mapping[str, Group] | None = None,
) -> Evaluated:
    """Evaluate an expression on the database, all of it in one transaction.

    Args:
        moment: The moment to answer for; None: now. Its day is used for names that have no date of
            their own; its other limits hold for all names.
        computed: CUSTOM groups that replace the stored ones today, by folded keys.

    Raises:
        UsageError: The text is no expression, or asks for something without a meaning.
        NotFoundError: A name is unknown, or nothing is recorded for it by its day.
        StaleError: A source is older than the moment allows.
    """
    tree = parse(text)
    with reading(store.connection, by_index=True):
        source = DatabaseSource(store, tree, text, moment, computed)
        evaluator = Evaluator(source, text)
        selection = evaluator.select(tree)
        members = _complete(store, list(_list_members(selection)), source)
    understood = map_terms(tree, source.spell)
    answer = Members(
        str(understood),
        tuple(sorted(members, key=lambda one: (-(one.weight or 0.0), one.symbol))),
        tuple(_describe(group) for group in source.used if group.kind != STOCK),
        (*source.warnings, *evaluator.warnings),
        moment,
    )
    return Evaluated(answer, understood)


def _describe(group: Group) -> UsedGroup:
    """Return the origin of a group; a date after the day asked for means that it is today's."""
    as_of, moment = group.origin.as_of, group.moment
    if moment is not None and as_of is not None and as_of > moment.on:
        moment = None
    return UsedGroup(group.label, group.title, len(group.symbols), group.origin, moment)


def _list_members(selection: Selection) -> Iterator[Member]:
    """Yield the selected stocks with the attributes from the groups that contain them."""
    weights = selection.weights or {}
    for symbol in selection.symbols:
        groups = {group.label: group for group in selection.bring(symbol)}
        holdings = [one for group in groups.values() if (one := group.holdings.get(symbol))]
        yield Member(
            symbol,
            next((one.name for one in holdings if one.name), None),
            weights.get(symbol),
            sector=next((one.sector for one in holdings if one.sector), None),
            terms=tuple(groups),
            weights={
                label: group.weights.get(symbol) for label, group in groups.items() if group.weights
            },
        )


def _complete(store: Store, members: list[Member], source: DatabaseSource) -> list[Member]:
    """Return the members with their securities, and with names that no group has."""
    securities = source.find_securities(one.symbol for one in members)
    described = describe_stocks(store, (one.symbol for one in members if one.name is None))
    return [
        one._replace(
            security_id=securities.get(one.symbol),
            name=one.name or described.get(one.symbol, Description()).name,
        )
        for one in members
    ]
