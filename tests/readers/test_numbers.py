"""Numbers in cells."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockgroups.readers.values.numbers import parse_number, parse_numbers

REFUSED = [
    "abc",
    "1e999",
    "nan",
    "inf",
    "3,14",
    "1,0000",
    "1,,000",
    "1_000",
    "١٢",
    "1.2.3",
    "(5",
    "(-5)",
    "-5-",
    "1E-",
    "0x10",
    "9" * 50,
]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,234,567.89", 1234567.89),
        ("-2,449.11", -2449.11),
        ("(2,449.11)", -2449.11),
        ("$(2,449.11)", -2449.11),
        ("($ 2,449.11)", -2449.11),
        ("(0.05)%", -0.05),
        ("2,449.11-", -2449.11),
        ("\N{MINUS SIGN}5.0", -5.0),
        ("$ 152,442,384.04", 152442384.04),
        ("6.41%", 6.41),
        ("3.70E-09", 3.7e-9),
        ("2.97057744E8", 297057744.0),
        (" 5 ", 5.0),
        (".5", 0.5),
        ("-", None),
        ("--", None),
        ("", None),
        ("N/A", None),
    ],
)
def test_the_forms_that_issuers_print(text: str, number: float | None) -> None:
    assert parse_number(text) == number
    assert parse_numbers([text]) == ([number], {})


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        parse_number(text)
    numbers, errors = parse_numbers(["1.00", text, "2.00"])
    assert numbers == [1.0, None, 2.0]
    assert list(errors) == [1]


THOUSANDS = st.from_regex(r"[-+$( ]{0,2}[01]{1,2},[0-9]{3}\)?%?", fullmatch=True)


@given(
    st.lists(
        st.one_of(
            st.floats(-1e12, 1e12).map("{:,.2f}".format), THOUSANDS, st.sampled_from(["-", "+"])
        )
    )
)
def test_a_column_reads_as_its_cells_do(cells: list[str]) -> None:
    numbers, errors = parse_numbers(cells)
    for position, cell in enumerate(cells):
        if position in errors:
            with pytest.raises(ValueError, match="not a number"):
                parse_number(cell)
        else:
            assert numbers[position] == parse_number(cell)
    assert all(number is None or math.isfinite(number) for number in numbers)


@pytest.mark.parametrize("text", ["9" * 25, "0." + "0" * 45 + "1", "1.2.3", "."])
def test_digits_and_points_alone_are_not_always_a_number(text: str) -> None:
    numbers, errors = parse_numbers(["1", text, ""])
    assert (numbers, list(errors)) == ([1.0, None, None], [1])
