"""The site is built from the documents and the program, and all its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

BUILD = Path(__file__).parents[2] / "scripts/website/build.py"
_LOADED = re.compile(r"""<(?:script|link|img)[^>]+?(?:src|href)=["']?(https?:[^"' >]+)""")


def test_the_site_has_every_page_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, BUILD, tmp_path], capture_output=True, text=True, check=False
    )

    assert built.returncode == 0, built.stdout + built.stderr
    site, texts = tmp_path / "site", tmp_path / "docs"
    pages = {one.stem for one in texts.glob("*.md")} - {"index"}
    assert {one.parent.name for one in site.glob("*/index.html")} == pages
    # The navigation names every page.
    start = (site / "index.html").read_text(encoding="utf-8")
    assert [page for page in sorted(pages) if not re.search(f'href="[./]*{page}/"', start)] == []
    # Nothing is loaded from elsewhere.
    shown = [one.read_text(encoding="utf-8") for one in site.glob("**/*.html")]
    assert [found for one in shown for found in _LOADED.findall(one)] == []
    # Code shows no backslash that only a table of GitHub needs.
    assert [code for one in shown for code in re.findall(r"<code>[^<]*\\\|[^<]*</code>", one)] == []
    assert any("<code>A | B</code>" in one for one in shown)
    # The references are those of the program.
    python = (texts / "python-reference.md").read_text(encoding="utf-8")
    assert "### `panel`" in python
    assert "- `known_at`: Use only what was recorded by then." in python
    http = (texts / "http-reference.md").read_text(encoding="utf-8")
    assert "## `POST /v1/exposure`" in http
