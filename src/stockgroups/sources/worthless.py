"""Members that are worth nothing: a fund still holds them, and a look at them is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.model import Ref
    from stockgroups.sources.rows import Rows

LEAST_VALUE = 0.001
"""US dollars a share. Remnants of delisted and liquidated companies are carried at 0.00001; the
cheapest stocks that trade (Jakarta's floor of 50 rupiah) are worth 0.003."""

_MOST_NAMED = 20


def note_worthless(rows: Rows, members: Mapping[int, Ref]) -> tuple[str, ...]:
    """Return a note that names the members, by their positions, that are carried at no value.

    They are members all the same, as the file lists them on an exchange: `PDLI | PDL BIOPHARMA INC
    | 11,853 shares worth 0.12 | NASDAQ`, liquidated in 2020, and Moscow's stocks since 2022.
    """
    if rows.market_values is None or rows.shares is None:
        return ()
    pairs = zip(rows.market_values, rows.shares, strict=True)
    worthless = [
        at
        for at, (value, held) in enumerate(pairs)
        if held and value is not None and abs(value) < LEAST_VALUE * abs(held)
    ]
    symbols = [members[at].symbol for at in worthless if at in members]
    if not symbols:
        return ()
    told = ", ".join(symbols[:_MOST_NAMED]) + (", …" if len(symbols) > _MOST_NAMED else "")
    if len(symbols) == 1:
        return (f"1 member is carried at no value, and hardly trades: {told}",)
    return (f"{len(symbols)} members are carried at no value, and hardly trade: {told}",)
