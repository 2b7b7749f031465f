"""Columns are gathered in batches and come out as they went in, whatever the cells hold."""

from __future__ import annotations

import re
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from stockgroups.readers.format import Field
from stockgroups.readers.values.columns import (
    Figures,
    find_cells,
    find_unusual,
    find_words,
    start_column,
)

CELLS = st.lists(st.text("ACSXH caß-1\xa0", max_size=7).map(str.strip), max_size=9)
BATCHES = st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=5), min_size=1, max_size=4)


@given(BATCHES, st.sampled_from([Field.NAME, Field.SECTOR, Field.WEIGHT]))
def test_what_was_gathered_comes_out_stripped(batches: list[list[str]], field: Field) -> None:
    column = start_column(field)
    for batch in batches:
        column.extend(batch)
    assert list(column.finish()) == [cell.strip() for cell in chain.from_iterable(batches)]


def test_figures_are_one_text_until_a_cell_is_asked_for() -> None:
    column = start_column(Field.WEIGHT)
    column.extend(["1.5", ""])
    column.extend(["2,000"])
    figures = column.finish()
    assert isinstance(figures, Figures)
    assert (figures.text, len(figures)) == ("1.5\n\n2,000", 3)
    assert (figures[2], figures[:2], list(figures)) == ("2,000", ["1.5", ""], ["1.5", "", "2,000"])


@given(CELLS)
def test_a_column_is_searched_as_its_cells_are(cells: list[str]) -> None:
    def where(found: list[bool]) -> list[int]:
        return [at for at, is_found in enumerate(found) if is_found]

    folded = [cell.upper() for cell in cells]
    assert find_words(cells, "CA", "X") == where(["CA" in cell or "X" in cell for cell in folded])
    assert find_words(cells, "\nCA") == where([cell.startswith("CA") for cell in folded])
    assert find_cells(cells, frozenset({"", "-"})) == where([cell in {"", "-"} for cell in cells])
    usual = [re.fullmatch("[A-Z]{1,5}", cell) is not None for cell in cells]
    assert list(find_unusual(cells)) == where([not one for one in usual])


def test_a_cell_of_several_lines_moves_no_other() -> None:
    cells = ["AAPL", "X\nCASH", "CASH", "", "MSFT"]
    assert find_words(cells, "CASH") == [1, 2]
    assert find_words(cells, "\nCASH") == [2]
    assert list(find_unusual(cells)) == [1, 3]
