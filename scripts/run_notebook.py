#!/usr/bin/env python3
"""Run a notebook in the current folder, and store its outputs: `run_notebook.py FILE [--check]`.

With --check nothing is stored, and the exit status is 1 where a cell prints another text than is
stored.
"""

from __future__ import annotations

import argparse
import ast
import base64
import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any


def main() -> int:
    """Run the cells of code in one namespace, as a notebook does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    notebook = json.loads(args.notebook.read_text(encoding="utf-8"))
    names: dict[str, Any] = {"__name__": "__main__"}
    different = 0
    for number, cell in enumerate(c for c in notebook["cells"] if c["cell_type"] == "code"):
        stored = _read_printed(cell["outputs"])
        cell["execution_count"] = number + 1
        cell["outputs"] = _run("".join(cell["source"]), f"cell {number + 1}", names)
        printed = _read_printed(cell["outputs"])
        if args.check and printed != stored:
            different += 1
            print(f"cell {number + 1} prints\n{printed}and has stored\n{stored}", file=sys.stderr)
    if not args.check:
        text = json.dumps(notebook, indent=1, ensure_ascii=False)
        args.notebook.write_text(f"{text}\n", encoding="utf-8")
    return min(different, 1)


def _run(code: str, where: str, names: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what a cell prints, and its last expression as notebooks show it."""
    tree = ast.parse(code)
    last = tree.body[-1]
    if isinstance(last, ast.Expr):
        tree.body.pop()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, where, "exec"), names)  # noqa: S102 - the notebook is our own
        shown = None
        if isinstance(last, ast.Expr):
            shown = eval(compile(ast.Expression(last.value), where, "eval"), names)  # noqa: S307
    outputs: list[dict[str, Any]] = []
    if printed.getvalue():
        lines = printed.getvalue().splitlines(keepends=True)
        outputs.append({"output_type": "stream", "name": "stdout", "text": lines})
    if shown is not None:
        data = _show(shown)
        outputs.append({"output_type": "display_data", "data": data, "metadata": {}})
    return outputs


def _show(value: Any) -> dict[str, Any]:
    """Return a value as a notebook shows it: a chart as a picture, a frame as a table."""
    if hasattr(value, "to_url"):
        import vl_convert  # noqa: PLC0415 - for charts alone

        picture = vl_convert.vegalite_to_png(value.to_dict(), scale=1)
        return {"image/png": base64.b64encode(picture).decode()}
    data: dict[str, Any] = {"text/plain": repr(value).splitlines(keepends=True)}
    if hasattr(value, "_repr_html_"):
        data["text/html"] = value._repr_html_().splitlines(keepends=True)
    return data


def _read_printed(outputs: list[dict[str, Any]]) -> str:
    return "".join(
        line for one in outputs if one["output_type"] == "stream" for line in one["text"]
    )


if __name__ == "__main__":
    sys.exit(main())
