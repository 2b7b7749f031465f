"""A report as one self-contained HTML page: no script, no request, no other file."""

from __future__ import annotations

import html
from importlib.resources import files
from typing import TYPE_CHECKING

from stockgroups.reports.blocks import (
    Facts,
    Heading,
    Link,
    Picture,
    Share,
    Table,
    Text,
    Verdict,
    write_cell,
)
from stockgroups.reports.outline import outline

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stockgroups.reports.blocks import Block
    from stockgroups.reports.report import Report

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""
_CLASSES = {"✓": "good", "!": "doubtful", "?": "doubtful", "✗": "bad", "·": "plain"}
_MANY_SIGNS = 24
_NO_CHARTS = "Charts are left out: they need `pip install 'stockgroups[charts]'`."


def write_page(report: Report, pictures: Mapping[str, str] | None = None) -> str:
    """Return the report as a page, for a screen of any width, light or dark, and for paper.

    Args:
        pictures: Charts as SVG, by the keys of `stockgroups.charts.draw_report`; None: the page
            states that they are left out.
    """
    blocks = list(outline(report))
    title = f"Stock groups in {report.environment}, {report.made_at:%Y-%m-%d}"
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    body = "\n".join(_write(blocks, pictures))
    return _PAGE.format(title=_text(title), style=style, body=body)


def _write(blocks: Sequence[Block], pictures: Mapping[str, str] | None) -> Iterator[str]:
    sections = [
        n for n, block in enumerate(blocks) if isinstance(block, Heading) and block.level == 2
    ]
    for number, block in enumerate(blocks):
        if number == sections[0]:
            yield _contents(blocks)
            if pictures is None:
                yield f'<p class="note">{_text(_NO_CHARTS)}</p>'
        yield _block(block, pictures)


def _block(block: Block, pictures: Mapping[str, str] | None) -> str:
    match block:
        case Heading(level, text, anchor):
            return f'<h{level} id="{anchor}">{_text(text)}</h{level}>'
        case Text(text):
            return f"<p>{_text(text)}</p>"
        case Facts(facts):
            items = (f"<div><dt>{_text(a)}</dt><dd>{_cell(b)}</dd></div>" for a, b in facts)
            return f"<dl>{''.join(items)}</dl>"
        case Table():
            return _table(block)
        case Picture(key, caption):
            return _picture(pictures[key], caption) if pictures and key in pictures else ""


def _contents(blocks: Sequence[Block]) -> str:
    links = (
        f'<li><a href="#{block.anchor}">{_text(block.text)}</a></li>'
        for block in blocks
        if isinstance(block, Heading) and block.level == 2
    )
    return f'<nav aria-label="Contents"><ul>{"".join(links)}</ul></nav>'


def _table(table: Table) -> str:
    caption = _text(table.caption)
    right = table.is_number
    head = "".join(
        f'<th scope="col"{_align(to_right)}>{_text(name)}</th>'
        for name, to_right in zip(table.columns, right, strict=True)
    )
    body = "\n".join(f"<tr>{_row(row, right)}</tr>" for row in table.rows)
    return (
        f'<div class="scroll" role="region" aria-label="{caption}" tabindex="0"><table>'
        f"<caption>{caption}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody></table></div>"
    )


def _row(cells: Sequence[object], right: Sequence[bool]) -> str:
    first, *rest = cells
    written = [f'<th scope="row"{_align(right[0])}>{_cell(first)}</th>']
    for cell, to_right in zip(rest, right[1:], strict=True):
        if isinstance(cell, Share):
            part = min(1.0, max(0.0, cell.value))
            written.append(f'<td class="n share" style="--part:{part:.2%}">{_cell(cell)}</td>')
        else:
            written.append(f"<td{_align(to_right) or _room(cell)}>{_cell(cell)}</td>")
    return "".join(written)


def _room(value: object) -> str:
    """Return the CSS class of a text cell: a long text may wrap, a short one may not."""
    return ' class="words"' if len(write_cell(value)) > _MANY_SIGNS else ' class="word"'


def _align(to_right: bool) -> str:
    return ' class="n"' if to_right else ""


def _cell(value: object) -> str:
    if isinstance(value, Verdict):
        return f'<span class="{_CLASSES[value.sign]}">{_text(value)}</span>'
    if isinstance(value, Link):
        return f'<a href="#{value.anchor}">{_text(value)}</a>'
    return _text(value)


def _picture(svg: str, caption: str) -> str:
    """Return a chart as a part of the page. Inline SVG needs no XML namespaces."""
    start, _, rest = svg.partition(">")
    width = start.partition(' width="')[2].partition('"')[0]
    label = _text(caption)
    inside = f'<svg role="img" aria-label="{label}"{_strip(start)}>{rest}'
    return (
        f'<div class="scroll chart" role="region" aria-label="Chart: {label}" tabindex="0">'
        f'<div style="min-width:{int(width) * 2 // 3}px; max-width:{width}px">{inside}</div></div>'
    )


def _strip(start: str) -> str:
    for name in (
        ' xmlns="http://www.w3.org/2000/svg"',
        ' xmlns:xlink="http://www.w3.org/1999/xlink"',
    ):
        start = start.replace(name, "")
    return start.removeprefix("<svg")


def _text(value: object) -> str:
    return html.escape(write_cell(value))
