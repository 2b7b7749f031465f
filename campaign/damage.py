"""Damage to the bytes of a file, of one random kind."""

from __future__ import annotations

import csv
import io
import random
import re
import zipfile

TOKENS = tuple(
    token.encode("utf-8", "surrogatepass")
    for token in (
        *("", " ", ",", ",,,,", '"', '""', "'", "\n", "\r", "\r\n", "\r\r\n", "\n\n\n"),
        *("\t", "|", ";"),
        *("0", "-0", "1e400", "-1e300", "1e-320", "NaN", "-inf", "1_000", "--5", "0x1F", "%"),
        *("١٢٣", "9" * 400, "1e18", "-1e18", "1,5", "(5)", "$", "<0.01%", "-", "--", "#REF!"),
        *("02/31/2026", "0001-01-01", "9999-12-31", "31.09.2026", "As of 99-Foo-2026"),
        *("AAPL", "BRK/B", "7203.XTKS", "'; DROP TABLE", "=cmd|' /C calc'!A0", "A" * 300, "ESZ6"),
        *("\x1b[31m", "\x00", "\x9b", "\u202e", "\ufeff", "\u2028", "\xa0", "é", "😀", "\ud800"),
        *("&", "&amp;", "&#0;", "&#x1b;", "&x;", "<", ">", "<!DOCTYPE a>", "<![CDATA[", "]]>"),
        *("{", "}", "[", "]", "null", "true", "[[[[", '{"a":', "\\u0000", "\\ud800", "\\u001b"),
        *("r=", 't="s"', 't="d"', 's="1"', 'ss:Index="9"', 'r="A99999999999"', "_x001B_", "sst"),
        *("Ticker", "Name", "Weight", "Weight (%)", "Symbol", "Equity", "Cash", "USD", "symbol"),
    )
)  # fmt: skip


def damage(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """Return the bytes with some damage of one kind; a workbook's parts or its archive."""
    if data.startswith(b"PK") and chance.random() < 0.8:
        return _damage_part(data, chance)
    for _ in range(chance.choice((1, 1, 1, 1, 1, 2, 5, 20))):
        data = chance.choice(DAMAGES)(data, other, chance)
    return data


def _damage_part(data: bytes, chance: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(sorted(parts))
    for _ in range(chance.choice((1, 1, 3))):
        parts[name] = chance.choice(DAMAGES)(parts[name], b"", chance)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return packed.getvalue()


def _span(data: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.choice((0, 1, 1, 2, 8, 64, 1000)))


def _put_token(data: bytes, _: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return data[:start] + chance.choice(TOKENS) + data[end:]


def _put_cell(data: bytes, _: bytes, chance: random.Random) -> bytes:
    sign = chance.choice((b",", b'"', b">", b"|", b";", b"\t"))
    ends = [at for at, byte in enumerate(data) if byte == sign[0]]
    if len(ends) < 2:
        return data
    at = chance.randrange(len(ends) - 1)
    return data[: ends[at] + 1] + chance.choice(TOKENS) + data[ends[at + 1] :]


def _put_byte(data: bytes, _: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + bytes([chance.randrange(256)]) + data[start + 1 :]


def _repeat(data: bytes, _: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return data[:end] + data[start:end] * chance.choice((1, 2, 50)) + data[end:]


def _cut(data: bytes, _: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return chance.choice((data[:start], data[start:], data[:start] + data[end:]))


def _splice(data: bytes, other: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def _move_lines(data: bytes, _: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    one, two = chance.randrange(len(lines) + 1), chance.randrange(len(lines) + 1)
    lines[one : one + 1], lines[two : two + 1] = lines[two : two + 1], lines[one : one + 1]
    return b"".join(lines)


def _recode(data: bytes, _: bytes, chance: random.Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(chance.choice(("utf-16", "utf-16-le", "cp1252", "utf-8-sig")), "replace")


def _change_digit(data: bytes, _: bytes, chance: random.Random) -> bytes:
    found = _DIGIT.search(data, chance.randrange(len(data) + 1))
    if found is None:
        return data
    return data[: found.start()] + b"%d" % chance.randrange(10) + data[found.end() :]


def _flip_bit(data: bytes, _: bytes, chance: random.Random) -> bytes:
    if not data:
        return data
    at = chance.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]


def _rows(data: bytes) -> list[bytes]:
    """Return the bytes row by row: lines, or what a workbook or JSON has for them."""
    sign = max(_ROW_ENDS, key=data.count)
    *rows, last = data.split(sign)
    return [*(row + sign for row in rows), last]


def _some_rows(rows: list[bytes], chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(rows))
    return start, start + 1 + int(chance.choice((0, 0.02, 0.1, 0.5)) * len(rows))


def _cut_rows(data: bytes, _: bytes, chance: random.Random) -> bytes:
    rows = _rows(data)
    return b"".join(rows[: chance.randrange(len(rows))])


def _drop_rows(data: bytes, _: bytes, chance: random.Random) -> bytes:
    rows = _rows(data)
    start, end = _some_rows(rows, chance)
    return b"".join(rows[:start] + rows[end:])


def _double_rows(data: bytes, _: bytes, chance: random.Random) -> bytes:
    rows = _rows(data)
    start, end = _some_rows(rows, chance)
    return b"".join(rows[:end] + rows[start:])


def _swap_columns(data: bytes, _: bytes, chance: random.Random) -> bytes:
    sign = max((",", "\t", ";", "|"), key=lambda one: data.count(one.encode()))
    lines = data.decode("latin-1").splitlines()
    try:
        rows = list(csv.reader(lines, delimiter=sign, strict=False))
    except csv.Error:  # a quote that was damaged before makes one field of the file
        return data
    width = max(map(len, rows), default=0)
    if width < 2:
        return data
    one, two = chance.sample(range(width), 2)
    first = chance.randrange(min(20, len(rows)))  # with the header, or without
    for row in rows[first:]:
        if max(one, two) < len(row):
            row[one], row[two] = row[two], row[one]
    text = io.StringIO()
    csv.writer(text, delimiter=sign, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("latin-1")


_DIGIT = re.compile(rb"[0-9]")
_ROW_ENDS = (b"\n", b"</row>", b"</ss:Row>", b"},")

DAMAGES = (
    *[_put_token] * 4,
    *[_put_cell] * 6,
    _put_byte,
    _put_byte,
    _repeat,
    _cut,
    _splice,
    _move_lines,
    _move_lines,
    _recode,
    *[_change_digit] * 3,
    _flip_bit,
    _cut_rows,
    _cut_rows,
    _drop_rows,
    _drop_rows,
    _double_rows,
    _swap_columns,
    _swap_columns,
)
