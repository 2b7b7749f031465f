"""Rewrite the XML of a worksheet so that cells hold the text that a person sees.

The reader of workbooks returns an empty cell for an error (`#N/A`) and for a formula that was never
calculated, and a bare number for `40.00%`. All three become the texts that the spreadsheet shows,
so that an invalid weight is reported, and a weight in percent is read as percent.
"""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import partial
from itertools import islice

UNCALCULATED = "#UNCALCULATED!"
"""The placeholder for the value of a formula that no program has calculated."""

_DIMENSION = re.compile(rb"<(?:\w+:)?dimension\b[^>]*?(?:/>|>\s*</(?:\w+:)?dimension\s*>)")
_TYPE = re.compile(rb"""\st\s*=\s*["'](\w+)["']""")
_STYLE = re.compile(rb"""\ss\s*=\s*["']([0-9]{1,6})["']""")
_ERROR = re.compile(rb"""(<(?:\w+:)?c\s(?:[^<>]*\s)?t\s*=\s*["'])e(?=["'])""")
# A cell's attributes, its formula where it has one, and its value.
_FORMULA = rb"<(?:\w+:)?f\b[^<>]*(?:/>|>[^<]*</(?:\w+:)?f\s*>)"
_VALUE = rb"<(?:\w+:)?v\b[^<>]*(?:/>|>(?P<value>[^<]*)</(?:\w+:)?v\s*>)"
_CELL_END = rb"</(?P<prefix>\w+:)?c\s*>"
_GAP = rb"\s{0,64}"
_CELL = rb"<(?:\w+:)?c\b(?P<attributes>[^<>]*)(?<!/)>"
_BLANK = re.compile(_CELL + _GAP + _FORMULA + _GAP + rb"(?:" + _VALUE + rb")?" + _GAP + _CELL_END)
_NUMBER = re.compile(_CELL + _GAP + rb"(?:" + _FORMULA + rb")?" + _GAP + _VALUE + _GAP + _CELL_END)
_FORMATS = re.compile(rb"<(?:\w+:)?numFmt\s([^>]*)>")
_CELL_STYLES = re.compile(rb"</?(?:\w+:)?cellXfs\b")
_XF = re.compile(rb"<(?:\w+:)?xf\b([^>]*)>")
_ID = re.compile(rb"""\snumFmtId\s*=\s*["']([0-9]{1,6})["']""")
_CODE = re.compile(rb"""formatCode\s*=\s*(?:"([^"]{0,255})"|'([^']{0,255})')""")
_LITERAL = re.compile(r'".*?"|\\.|_.|\[[^\]]*\]')
_PERCENT = frozenset({b"9", b"10"})
"""The numbers of the formats `0%` and `0.00%`, which no workbook spells out."""


def find_percent_styles(styles: bytes) -> frozenset[bytes]:
    """Return the numbers of a workbook's cell styles that show a number as a percentage."""
    percent = set(_PERCENT)
    for attributes in _FORMATS.findall(styles):
        number, code = _ID.search(b" " + attributes), _CODE.search(attributes)
        shown = (code[1] or code[2] or b"") if code else b""
        if number and is_percent(shown.replace(b"&quot;", b'"').decode("utf-8", "replace")):
            percent.add(number[1])
    ends = [tag.start() for tag in islice(_CELL_STYLES.finditer(styles), 2)]
    block = styles[slice(*ends)] if len(ends) == 2 else b""
    found = (_ID.search(b" " + attributes) for attributes in _XF.findall(block))
    return frozenset(
        str(place).encode() for place, number in enumerate(found) if number and number[1] in percent
    )


def is_percent(format_code: str) -> bool:
    """Return whether a number format shows percentages: `0.0%`, but not `0" % of it"`."""
    return "%" in _LITERAL.sub("", format_code)


def show_percent(value: str) -> str | None:
    """Return a number as a percentage, without loss; None if it is not a number of a usual size."""
    try:
        shown = Decimal(value.strip()) * 100
    except InvalidOperation:
        return None
    if not shown.is_finite() or abs(shown.adjusted()) > 30:
        return None
    return f"{shown:f}%"


def spell_out(worksheet: bytes, percent_styles: frozenset[bytes]) -> bytes:
    """Return the XML of a worksheet with such cells as texts, and without its dimension.

    The dimension is a hint that no reader needs, and that some programs write wrongly.
    """
    # Patterns that do not occur in it are not searched for: this took a fifth of the time.
    if b"dimension" in worksheet:
        worksheet = _DIMENSION.sub(b"", worksheet, count=1)
    if b'"e"' in worksheet or b"'e'" in worksheet:
        worksheet = _ERROR.sub(rb"\1str", worksheet)
    if b"f>" in worksheet or b"<f" in worksheet or b":f" in worksheet:
        worksheet = _BLANK.sub(_write_uncalculated, worksheet)
    if percent_styles:
        worksheet = _NUMBER.sub(partial(_write_percent, percent_styles), worksheet)
    return worksheet


def _write_uncalculated(cell: re.Match[bytes]) -> bytes:
    kind = _TYPE.search(cell["attributes"])
    # A formula whose result is an empty text says so by its type.
    if (cell["value"] or b"").strip() or (kind and kind[1] == b"str" and cell["value"] is not None):
        return cell[0]
    return _write(cell, UNCALCULATED)


def _write_percent(percent_styles: frozenset[bytes], cell: re.Match[bytes]) -> bytes:
    style, kind = _STYLE.search(cell["attributes"]), _TYPE.search(cell["attributes"])
    if style is None or style[1] not in percent_styles or (kind and kind[1] != b"n"):
        return cell[0]
    shown = show_percent((cell["value"] or b"").decode("ascii", "replace"))
    return cell[0] if shown is None else _write(cell, shown)


def _write(cell: re.Match[bytes], text: str) -> bytes:
    """Return a cell at the same place that holds a text."""
    prefix = cell["prefix"] or b""
    attributes = _TYPE.sub(b"", cell["attributes"])
    start = b"<" + prefix + b"c" + attributes + b' t="str"><' + prefix + b"v>"
    return start + text.encode() + b"</" + prefix + b"v></" + prefix + b"c>"
