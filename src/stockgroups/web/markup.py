"""The templates, and functions that write values in them. Every value is escaped."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from stockgroups.queries.freshness import State
from stockgroups.text import count_of, escape, name_key
from stockgroups.version import VERSION
from stockgroups.web.address import path_of, path_to

LONGEST_TEXT = 200
"""Characters of a text that a source wrote; a file can hold anything."""
NOTHING = "–"
"""The text for an unknown value."""
STATE_WORDS = {
    State.PASS: "fresh",
    State.WARN: "getting old",
    State.ERROR: "too old",
    State.UNKNOWN: "without a source",
}
"""The words for the age of a source."""
_CODE = re.compile(r"`([^`]+)`")


class Lines(str):
    """A text that may have several lines, such as in a form field."""

    __slots__ = ()


def render(template: str, **values: Any) -> bytes:
    """Return the page of a template with its values."""
    return _make_environment().get_template(template).render(**values).encode()


def prepare() -> None:
    """Compile all templates, so that no request waits for it."""
    made = _make_environment()
    for name in made.list_templates():
        made.get_template(name)


@cache
def _make_environment() -> Environment:
    made = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        finalize=_finalize,
    )
    made.filters |= {
        "coded": write_coded,
        "day": write_day,
        "lines": write_lines,
        "number": write_number,
        "percent": write_percent,
        "plain": name_key,
        "time": write_time,
        "words": write_words,
    }
    made.globals |= {
        "count_of": write_count,
        "level": find_level,
        "path_of": path_of,
        "path_to": path_to,
        "state_words": STATE_WORDS,
        "version": VERSION,
    }
    return made


def _finalize(value: Any) -> Any:
    """Return the text of a value on one line, with invisible characters escaped.

    Jinja escapes it for HTML afterwards.
    """
    if value is None:
        return NOTHING
    return escape(value) if type(value) is str else value


def write_words(value: object, most: int = LONGEST_TEXT) -> str:
    """Return a text of bounded length; a dash for an empty value."""
    text = NOTHING if value is None else escape(str(value))
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def write_coded(value: object) -> Markup:
    """Return a text as HTML; commands between backticks, as in errors, become code."""
    return Markup(  # noqa: S704 - every part is escaped
        "".join(
            f"<code>{Markup.escape(part)}</code>" if number % 2 else Markup.escape(part)
            for number, part in enumerate(_CODE.split(escape(str(value))))
        )
    )


def write_lines(value: str) -> Lines:
    """Return a text with its line breaks, for a form field."""
    return Lines("\n".join(escape(line) for line in value.splitlines()))


def write_percent(value: float | None, digits: int = 2) -> str:
    """Return a fraction as per cent."""
    if value is None:
        return NOTHING
    return f"{value * 100:.{digits}f} %".replace("-", "−")


def write_number(value: float | None) -> str:
    """Return a number with separated thousands, and with two decimals if it is not an integer."""
    if value is None:
        return NOTHING
    text = f"{value:,.2f}" if value % 1 else f"{value:,.0f}"
    return text.replace("-", "−")


def write_count(number: int, noun: str) -> str:
    """Return a number with separated thousands, and its noun."""
    return count_of(number, noun).replace(str(number), write_number(number), 1)


def write_time(value: dt.datetime | str | None) -> str:
    """Return a time in UTC to the minute."""
    if value is None:
        return NOTHING
    moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"


def write_day(value: dt.date | str | None) -> str:
    """Return a date; an open end has none."""
    return NOTHING if value is None or value == dt.date.max else str(value)


def find_level(value: float | None) -> int:
    """Return a fraction as a level from 0 to 10, which selects the depth of a colour."""
    return 0 if value is None else max(0, min(10, round(value * 10)))
