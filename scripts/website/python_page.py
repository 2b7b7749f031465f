"""The reference of the Python interface, made from its docstrings."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

import stockgroups

HEAD = """\
# Python reference

Everything that `import stockgroups` offers, made from the docstrings.
[From Python](python.md) shows how to use it.
"""
_SECTION = re.compile(r"^(Args|Attributes|Raises|Returns|Yields):$")
_ENTRY = re.compile(r"^    (\*{0,2}\w[\w.*, ]*): ?(.*)$")


def make_python_page() -> str:
    """Return the page as Markdown: `connect`, the methods of `Database`, answers and errors."""
    parts = [HEAD, "## Open a database\n", _describe(stockgroups.connect, "connect")]
    parts += ["## Database\n", _read_doc(stockgroups.Database)]
    parts += [_describe(method, name) for name, method in _list_methods(stockgroups.Database)]
    values = [getattr(stockgroups, name) for name in stockgroups.__all__]
    classes = [one for one in values if inspect.isclass(one) and one is not stockgroups.Database]
    parts.append("## Answers and their parts\n")
    parts += [_describe_class(one) for one in classes if not issubclass(one, Exception)]
    parts.append("## Errors\n")
    parts += [_describe_class(one) for one in classes if issubclass(one, Exception)]
    return "\n".join(parts)


def _list_methods(cls: type) -> list[tuple[str, Any]]:
    """Return the public methods of a class and its bases, as they are written."""
    found: dict[str, Any] = {}
    for one in cls.__mro__:
        if one.__module__.startswith("stockgroups"):
            found |= {name: value for name, value in vars(one).items() if name not in found}
    return [
        (name, value)
        for name, value in found.items()
        if inspect.isfunction(value) and not name.startswith("_")
    ]


def _describe(function: Any, name: str) -> str:
    code = f"```python\n{_write_signature(function, name)}\n```"
    return f"### `{name}`\n\n{code}\n\n{_read_doc(function)}"


def _write_signature(function: Any, name: str) -> str:
    """Return a call with its types, on one line or one parameter a line."""
    signature = inspect.signature(function)
    shown: list[str] = []
    for one in signature.parameters.values():
        if one.kind is one.KEYWORD_ONLY and not any(part.startswith("*") for part in shown):
            shown.append("*")
        if one.name != "self":
            shown.append(_write_parameter(one))
    result = f" -> {signature.return_annotation}"
    line = f"{name}({', '.join(shown)}){result}"
    if len(line) <= 88:
        return line
    return f"{name}(\n" + "".join(f"    {one},\n" for one in shown) + f"){result}"


def _write_parameter(one: inspect.Parameter) -> str:
    stars = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}.get(one.kind.name, "")
    default = "" if one.default is one.empty else f" = {one.default!r}"
    return f"{stars}{one.name}: {one.annotation}{default}"


def _describe_class(cls: type) -> str:
    bases = ", ".join(f"`{one.__name__}`" for one in cls.__bases__ if one is not object)
    shown = [f"### `{cls.__name__}`\n", _read_doc(cls)]
    if issubclass(cls, Exception):
        shown.append(f"Inherits {bases}.\n")
    elif issubclass(cls, Enum):
        shown.append("Values: " + ", ".join(f"`{one.value}`" for one in cls) + ".\n")
    elif is_dataclass(cls):
        told = inspect.getdoc(cls) or ""
        rest = [f"`{one.name}`" for one in fields(cls) if f"\n    {one.name}: " not in told]
        lead = "Fields besides" if "\nAttributes:\n" in told else "Fields"
        shown += [f"{lead}: {', '.join(rest)}.\n"] if rest else []
    methods = [f"`{name}`" for name, value in _list_methods(cls) if value.__doc__]
    if methods:
        shown.append("Methods: " + ", ".join(methods) + ".\n")
    return "\n".join(shown)


def _read_doc(thing: Any) -> str:
    """Return a docstring as Markdown: its sections become lists."""
    lines: list[str] = []
    in_section = False
    for line in (inspect.getdoc(thing) or "").splitlines():
        heading, entry = _SECTION.match(line), _ENTRY.match(line)
        if heading:
            in_section = True
            lines += [f"**{heading[1]}**", ""]
        elif in_section and entry:
            lines.append(f"- `{entry[1]}`: {entry[2]}")
        else:
            lines.append("  " + line.strip() if in_section and line.startswith("  ") else line)
    return "\n".join(lines) + "\n"
