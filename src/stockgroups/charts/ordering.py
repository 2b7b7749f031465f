"""An order that places similar items side by side. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def order_alike(likeness: Sequence[Sequence[float]]) -> list[int]:
    """Return the places of items in an order in which similar items are neighbours.

    The two clusters with the highest average likeness are joined, at their most similar ends, until
    one cluster is left.

    Args:
        likeness: A symmetric table with a row and a column for each item; higher is more similar.
    """
    groups = {at: [at] for at in range(len(likeness))}
    near = {at: dict(enumerate(row)) for at, row in enumerate(likeness)}
    while len(groups) > 1:
        a, b = max(
            ((i, j) for i in groups for j in groups if i < j),
            key=lambda pair: near[pair[0]][pair[1]],
        )
        mine, theirs = groups.pop(a), groups.pop(b)
        for other in groups:
            shared = near[a][other] * len(mine) + near[b][other] * len(theirs)
            near[a][other] = near[other][a] = shared / (len(mine) + len(theirs))
        groups[a] = _join(mine, theirs, likeness)
    return next(iter(groups.values()), [])


def _join(mine: list[int], theirs: list[int], likeness: Sequence[Sequence[float]]) -> list[int]:
    ways = [(first, second) for first in (mine, mine[::-1]) for second in (theirs, theirs[::-1])]
    first, second = max(ways, key=lambda way: likeness[way[0][-1]][way[1][0]])
    return first + second
