"""Columns are gathered in batches and come out as they went in, whatever the cells hold."""

from __future__ import annotations

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from stockgroups.readers.values.columns import Column

BATCHES = st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=5), max_size=4)


@given(BATCHES, st.booleans())
def test_what_was_gathered_comes_out_stripped(batches: list[list[str]], repeated: bool) -> None:
    column = Column(repeated=repeated)
    for batch in batches:
        column.extend(batch)
    assert column.cells == [cell.strip() for cell in chain.from_iterable(batches)]
