"""A notebook as a page: its texts, its code and the outputs that it stores."""

from __future__ import annotations

import base64
import html
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def make_notebook_page(notebook: Path, folder: Path) -> str:
    """Return a notebook as Markdown, and write its pictures into a folder."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    parts: list[str] = []
    for number, cell in enumerate(cells):
        text = "".join(cell["source"])
        parts.append(text if cell["cell_type"] == "markdown" else f"```python\n{text}\n```")
        parts += [
            _show(one, folder, f"{notebook.stem}-{number}") for one in cell.get("outputs", [])
        ]
    return "\n\n".join(parts) + "\n"


def _show(output: dict[str, Any], folder: Path, name: str) -> str:
    if output["output_type"] == "stream":
        return f"<pre>{html.escape(''.join(output['text']))}</pre>"
    data = output["data"]
    if "image/png" in data:
        picture = folder / f"{name}.png"
        picture.write_bytes(base64.b64decode(data["image/png"]))
        return f"![A chart]({picture.name})"
    return f"<pre>{html.escape(''.join(data['text/plain']))}</pre>"
