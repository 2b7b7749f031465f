"""The reference of the HTTP interface, made from its OpenAPI description."""

from __future__ import annotations

from typing import Any

HEAD = """\
# HTTP reference

Every path of `stockgroups serve`, made from its own OpenAPI description. A running server has it at
`/v1/openapi.json`. [Answers over HTTP](http.md) shows how to ask.
"""


def make_http_page(description: dict[str, Any]) -> str:
    """Return the page as Markdown.

    Args:
        description: The OpenAPI description, as the application gives it.
    """
    parts = [HEAD]
    for path, operations in description["paths"].items():
        parts += [_describe(method, path, one) for method, one in operations.items()]
    return "\n".join(parts)


def _describe(method: str, path: str, operation: dict[str, Any]) -> str:
    lines = [f"## `{method.upper()} {path}`", "", f"{operation['summary']}.", ""]
    parameters = operation.get("parameters", [])
    if parameters:
        lines += ["| parameter | in | meaning |", "|---|---|---|"]
        lines += [
            f"| `{one['name']}`{', required' if one['required'] else ''} | {one['in']} "
            f"| {_escape(one.get('description', ''))} |"
            for one in parameters
        ]
        lines.append("")
    refused = ", ".join(code for code in operation["responses"] if int(code) >= 400)
    if refused:
        lines += [f"Refusals: {refused}.", ""]
    return "\n".join(lines)


def _escape(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
