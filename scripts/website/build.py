#!/usr/bin/env python3
"""Build the site from the README, `docs/` and the program: `build.py [FOLDER]`.

The site is `site` in the folder, `build/website` where none is named. A link to a page or a heading
that does not exist is an error. It needs `pip install zensical`.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from http_page import make_http_page
from notebook_page import make_notebook_page
from python_page import make_python_page

from stockgroups.http.app import make_api

if TYPE_CHECKING:
    from stockgroups.http.pool import Pool

PROJECT = Path(__file__).parents[2]
DOCS = PROJECT / "docs"
NOTEBOOK = "from_files_to_a_backtest"
_MOVED = (
    (re.compile(r"\]\(docs/"), "]("),  # of the README, which becomes the first page
    (re.compile(r"\]\((?:\.\./)?README\.md"), "](index.md"),
    (re.compile(r"\]\((?:\.\./)?CHANGELOG\.md"), "](changes.md"),
    (re.compile(rf"\]\({NOTEBOOK}\.ipynb"), f"]({NOTEBOOK}.md"),
)
_CODE = re.compile(r"`[^`\n]+`")


def main() -> int:
    """Write the pages and build them. Return what the builder returns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=PROJECT / "build" / "website")
    folder = parser.parse_args().folder
    pages = folder / "docs"
    shutil.rmtree(pages, ignore_errors=True)
    pages.mkdir(parents=True)
    for name, text in collect_pages(pages).items():
        for pattern, replacement in _MOVED:
            text = pattern.sub(replacement, text)  # noqa: PLW2901 - one change after the other
        (pages / name).write_text(_show_pipes(text), encoding="utf-8")
    shutil.copy(Path(__file__).with_name("site.css"), pages)
    shutil.copy(Path(__file__).with_name("zensical.toml"), folder)
    builder = Path(sys.executable).with_name("zensical")
    return subprocess.run(  # noqa: S603 - our own words
        [builder, "build", "--strict", "--clean"], cwd=folder, check=False
    ).returncode


def _show_pipes(text: str) -> str:
    """Return a page without the backslashes that GitHub needs before pipes in code of tables.

    The builder of the site needs none, and would show them.
    """
    return _CODE.sub(lambda code: code[0].replace("\\|", "|"), text)


def collect_pages(pictures: Path) -> dict[str, str]:
    """Return the pages by their file names.

    Args:
        pictures: The folder for the pictures of the notebook.
    """
    found = {one.name: one.read_text(encoding="utf-8") for one in sorted(DOCS.glob("*.md"))}
    found["index.md"] = (PROJECT / "README.md").read_text(encoding="utf-8")
    found["changes.md"] = (PROJECT / "CHANGELOG.md").read_text(encoding="utf-8")
    found[f"{NOTEBOOK}.md"] = make_notebook_page(DOCS / f"{NOTEBOOK}.ipynb", pictures)
    found["python-reference.md"] = make_python_page()
    description = make_api(cast("Pool", None)).openapi()  # which asks for no connection
    found["http-reference.md"] = make_http_page(description)
    return found


if __name__ == "__main__":
    sys.exit(main())
