"""The commands that the program's messages name, found in its source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import stockgroups

SOURCE = Path(stockgroups.__file__).parent
_COMMAND = re.compile(r"`(stockgroups [^`]+)`")


def list_commands() -> dict[str, set[str]]:
    """Each command in backquotes in a text of the source, and the modules that print it.

    What is filled in at run time stands as `{}`. Docstrings are no messages.
    """
    found: dict[str, set[str]] = {}
    for path in sorted(SOURCE.rglob("*.py")):
        module = path.relative_to(SOURCE).as_posix()
        for text in _texts(ast.parse(path.read_text(encoding="utf-8"))):
            for command in _COMMAND.findall(text):
                found.setdefault(re.sub(r"\{[^}]*\}", "{}", command), set()).add(module)
    return found


def _texts(tree: ast.AST) -> Iterator[str]:
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    parts = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        if id(node) in docstrings or id(node) in parts:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
            )
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
