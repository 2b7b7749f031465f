"""Columns are gathered in batches and come out as they went in, whatever the cells hold."""

from __future__ import annotations

from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from stockgroups.sources.columns import Column, RepeatedColumn, join_lines, pack
from stockgroups.sources.numbers import parse_numbers

BATCHES = st.lists(st.lists(st.text(max_size=8), min_size=1, max_size=5), max_size=4)


@given(BATCHES, st.booleans())
def test_what_was_gathered_comes_out_stripped(batches: list[list[str]], numbers: bool) -> None:
    for column in (Column(numbers=numbers), RepeatedColumn()):
        for batch in batches:
            column.extend(batch)
        cells = column.cells()
        printed = list(chain.from_iterable(batches))
        assert len(cells) == len(printed)
        assert [cell.replace("\x1e", "\x1f") for cell in cells] == [
            cell.strip().replace("\x1e", "\x1f") for cell in printed
        ]


def test_the_sign_between_cells_is_as_unprintable_inside_one() -> None:
    column = Column(numbers=False)
    column.extend(["a\x1fb", "c"])
    assert list(column.cells()) == ["a\x1eb", "c"]


def test_a_packed_column_is_a_sequence() -> None:
    cells = pack(["1", "2,0", ""])
    assert (cells[1], cells[1:], len(cells)) == ("2,0", ["2,0", ""], 3)
    assert "2,0" in cells
    assert join_lines(cells) == join_lines(["1", "2,0", ""]) == "1\n2,0\n"


@given(
    st.lists(
        st.sampled_from(["1", "1,234.5", "$2.00", "-", "", "(3)", "x", "1\n2", "1\x1f2"]),
        min_size=1,
    )
)
def test_numbers_are_the_same_packed_or_not(cells: list[str]) -> None:
    numbers, errors = parse_numbers(pack(cells))
    assert numbers == parse_numbers(cells)[0]
    assert errors.keys() == parse_numbers(cells)[1].keys()
