"""Dates in cells and in file names."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockgroups.errors import AmbiguousFileError
from stockgroups.readers.values.dates import date_in_name, explain_no_date, find_day, parse_date

DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 31))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Jul 02, 2026", dt.date(2026, 7, 2)),
        ("  Jul\xa002,  2026 ", dt.date(2026, 7, 2)),
        ("11-May-2022", dt.date(2022, 5, 11)),
        ("13-Apr-26", dt.date(2026, 4, 13)),
        ("30/Aug/2021", dt.date(2021, 8, 30)),
        ("2026-07-02", dt.date(2026, 7, 2)),
        ("2026-07-02 00:00:00", dt.date(2026, 7, 2)),
        ("09/30/2025", dt.date(2025, 9, 30)),
        ("30/09/2025", dt.date(2025, 9, 30)),
        ("7/7/2026", dt.date(2026, 7, 7)),
        ("20260702", dt.date(2026, 7, 2)),
        ("2026/07/02", dt.date(2026, 7, 2)),
        ("2026.07.02", dt.date(2026, 7, 2)),
        ("September 5, 2025", dt.date(2025, 9, 5)),
        ("Sept 5, 2025", dt.date(2025, 9, 5)),
        ("30 sept. 2026", dt.date(2026, 9, 30)),
        ("30/juin/2026", dt.date(2026, 6, 30)),
        ("4 juillet 2026", dt.date(2026, 7, 4)),
        ("1-déc-25", dt.date(2025, 12, 1)),
        ("12 août 2026", dt.date(2026, 8, 12)),
        ("30/set/2026", dt.date(2026, 9, 30)),
        ("2 giugno 2026", dt.date(2026, 6, 2)),
        ("2-lug-2026", dt.date(2026, 7, 2)),
        ("9 enero 2026", dt.date(2026, 1, 9)),
        ("26 de enero de 2026", dt.date(2026, 1, 26)),
        ("30/mei/2026", dt.date(2026, 5, 30)),
        ("2-mrt-2026", dt.date(2026, 3, 2)),
        ("03.Mrz.2026", dt.date(2026, 3, 3)),
        ("1 março 2026", dt.date(2026, 3, 1)),
        ("7 October, 2026", dt.date(2026, 10, 7)),
        ("30 septiembre 2026", dt.date(2026, 9, 30)),
        ("Thursday, July 2, 2026", dt.date(2026, 7, 2)),
        ("Thu 2-Jul-26", dt.date(2026, 7, 2)),
        ("As of 13-07-2026", dt.date(2026, 7, 13)),
        ("As of: 10-Jan-2023", dt.date(2023, 1, 10)),
        ("2026-7-2", dt.date(2026, 7, 2)),
        ("2026/7/2", dt.date(2026, 7, 2)),
        ("02JUL2026", dt.date(2026, 7, 2)),
        ("Jul-02-2026", dt.date(2026, 7, 2)),
        ("2026年7月2日", dt.date(2026, 7, 2)),
    ],
)
def test_the_forms_that_issuers_print(text: str, day: dt.date) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "07/02/2026",
        "02/07/2026",
        "02-07-2026",
        "13/13/2026",
        "2026-07/02",
        "2026-702",
        "202607",
        "02.07.26",
        "Feb 30, 2025",
        "1970-01-01",
        "2101-01-01",
        "Jux 02, 2026",
        "4/jui/2026",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert parse_date(text) is None


@given(DAYS, st.sampled_from(["%b %d, %Y", "%d-%b-%Y", "%d/%b/%Y", "%Y-%m-%d", "%m/%d/%Y"]))
def test_every_form_reads_back(day: dt.date, form: str) -> None:
    assert parse_date(day.strftime(form), month_first=True) == day


@given(DAYS)
def test_a_date_in_digits_is_never_read_as_another_day(day: dt.date) -> None:
    for form in ("%m/%d/%Y", "%d/%m/%Y"):
        assert parse_date(day.strftime(form)) in (day, None)
    assert parse_date(day.strftime("%d/%m/%Y"), month_first=True) != day or day.day == day.month
    name = day.strftime("IVV_%m-%d-%Y")
    assert (date_in_name(name) is None) == (day.day <= 12 and day.day != day.month)


def test_why_there_is_no_date() -> None:
    assert explain_no_date("02/07/2026") == "may be 2026-02-07 or 2026-07-02"
    assert explain_no_date("soon") == "is not understood"


@pytest.mark.parametrize(
    ("stem", "day"),
    [
        ("IVV_2026-07-02", dt.date(2026, 7, 2)),
        ("IVV20221230", dt.date(2022, 12, 30)),
        ("ivv 2026_07_02 (1)", dt.date(2026, 7, 2)),
        ("EEM_2025-01_no-preamble", dt.date(2025, 1, 31)),
        ("EEM_2024_02", dt.date(2024, 2, 29)),
        ("xlre_2025Q4", dt.date(2025, 12, 31)),
        ("xlre_2025-q1", dt.date(2025, 3, 31)),
    ],
)
def test_a_date_in_a_name_is_never_before_what_it_names(stem: str, day: dt.date) -> None:
    found = date_in_name(stem)
    assert found is not None
    assert found[0] == day


@pytest.mark.parametrize(
    "stem",
    [
        "IVV",
        "IVV_2025",
        "IVV_2025-02-30",
        "IVV_2025-13",
        "IVV_1850-01-01",
        "9920250101",
        "IVV_2025-01-01_2025-01-02",
        "2024-01_2024-02",
    ],
)
def test_names_without_one_date(stem: str) -> None:
    assert date_in_name(stem) is None


@pytest.mark.parametrize(
    ("name", "given", "day"),
    [
        ("IVV_2026-07-02.csv", None, dt.date(2026, 7, 2)),
        ("IVV_2026-07-02.csv", dt.date(2026, 7, 2), dt.date(2026, 7, 2)),
        ("IVV.csv", dt.date(2026, 7, 2), dt.date(2026, 7, 2)),
        ("IVV_2026-06.csv", dt.date(2026, 6, 12), dt.date(2026, 6, 12)),
        ("2026q2_ncen.zip", dt.date(2026, 4, 1), dt.date(2026, 4, 1)),
    ],
)
def test_a_date_that_is_given_stands_beside_the_name(
    name: str, given: dt.date | None, day: dt.date
) -> None:
    assert find_day(given, name)[0] == day


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("IVV_2026-07-02.csv", dt.date(2026, 7, 3)),
        ("IVV_2026-06.csv", dt.date(2026, 5, 31)),
        ("IVV_2026-06.csv", dt.date(2026, 7, 1)),
        ("2026q2_ncen.zip", dt.date(2026, 3, 31)),
    ],
)
def test_a_date_that_contradicts_the_name_is_refused(name: str, given: dt.date) -> None:
    with pytest.raises(AmbiguousFileError, match=f"the file's name.*{given}"):
        find_day(given, name)


def test_the_receipt_tells_that_a_month_means_its_last_day() -> None:
    found = date_in_name("EEM_2025-01")
    assert found == (dt.date(2025, 1, 31), "the month 2025-01 in the file's name, its last day")


def test_digits_of_other_scripts_are_no_date() -> None:
    assert parse_date("Jul ٠٢, ٢٠٢٦") is None
    assert parse_date("٠٢.٠٧.٢٠٢٦") is None
    assert date_in_name("IWV_٢٠٢٦-٠٧-٠٢") is None


def test_american_order_in_a_files_name() -> None:
    assert date_in_name("PSI_08_28_2026") == (dt.date(2026, 8, 28), "the file's name")
