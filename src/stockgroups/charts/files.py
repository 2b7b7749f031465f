"""Writes charts to files: SVG, PNG, or a page that needs no network."""

from __future__ import annotations

import base64
import hashlib
import html
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altair
import vl_convert

from stockgroups.errors import UsageError
from stockgroups.whole_files import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    import altair as alt

PIXELS = 2
"""Pixels of a PNG for each pixel of the chart: sharp on screens of today and on paper."""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>body {{ margin: 0; background: white; }}</style>
</head>
<body>
<div id="chart"></div>
<script>{bundle}</script>
<script>{script}</script>
</body>
</html>
"""
_SNIPPET = "window.vegaEmbed = vegaEmbed;"
_SCRIPT = """
vegaEmbed("#chart", %s, {
  ast: true, mode: "vega-lite", renderer: "svg",
  actions: {export: true, source: false, compiled: false, editor: false}
});
"""
_ESCAPES = str.maketrans(
    {sign: f"\\u{ord(sign):04x}" for sign in ("<", ">", "&", "\u2028", "\u2029")}
)


def write_chart(chart: alt.TopLevelMixin, path: str | Path) -> Path:
    """Write a chart to a file, in the format of its suffix; an existing file is replaced.

    Args:
        chart: A chart of this package, or any other Altair chart.
        path: The file: `.svg`, `.png`, or `.html`, a page that loads nothing.

    Raises:
        UsageError: The suffix is not one of these.
        OSError: The file cannot be written.
    """
    path = Path(path)
    form = _FORMS[check_suffix(path)]
    write_whole(path, form(chart.to_dict(validate=False)))
    return path


def make_svg(chart: alt.TopLevelMixin) -> str:
    """Return a chart as the text of an SVG file."""
    return _write_svg(chart.to_dict(validate=False)).decode()


def check_suffix(path: Path) -> str:
    """Return the suffix of a chart's file in lower case. Raise UsageError for an unknown one."""
    suffix = path.suffix.lower()
    if suffix not in _FORMS:
        raise UsageError(
            f"unknown chart format {path.suffix!r}"
            if suffix
            else "the chart's file name has no suffix",
            where=str(path),
            remedy=f"end the name in one of {', '.join(_FORMS)}",
        )
    return suffix


def _write_svg(spec: dict[str, Any]) -> bytes:
    return vl_convert.vegalite_to_svg(spec, _find_version(), allowed_base_urls=[]).encode()


def _write_png(spec: dict[str, Any]) -> bytes:
    return vl_convert.vegalite_to_png(spec, _find_version(), scale=PIXELS, allowed_base_urls=[])


def _write_page(spec: dict[str, Any]) -> bytes:
    r"""Return a page with the chart and all its scripts.

    The content of a name or a title is data: no character in it can end the script (`<` becomes
    `\u003c`). The page allows only its own two scripts, by their hashes; it allows no evaluation of
    texts and no requests.
    """
    bundle = _bundle()
    script = _SCRIPT % json.dumps(spec, separators=(",", ":")).translate(_ESCAPES)
    policy = "; ".join(
        (
            "default-src 'none'",
            f"script-src {_hash(bundle)} {_hash(script)}",
            "style-src 'unsafe-inline'",
            "img-src data: blob:",
        )
    )
    title = html.escape(str(spec.get("description") or "stockgroups"))
    return _PAGE.format(policy=policy, title=title, bundle=bundle, script=script).encode()


_FORMS: dict[str, Callable[[dict[str, Any]], bytes]] = {
    ".svg": _write_svg,
    ".png": _write_png,
    ".html": _write_page,
}


@cache
def _bundle() -> str:
    """Return Vega, Vega-Lite and Vega-Embed as one script."""
    script: str = vl_convert.javascript_bundle(_SNIPPET, _find_version())
    return script


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


@cache
def _find_version() -> str:
    """Return the Vega-Lite version that Altair writes, or the nearest one that vl-convert has."""
    known: list[str] = vl_convert.get_vegalite_versions()
    wanted = ".".join(altair.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    same = [one for one in known if one.split(".")[0] == wanted.split(".")[0]]
    return wanted if wanted in known else (same or known)[-1]
