"""The contents of a chart: data, encodings and texts."""

from __future__ import annotations

from typing import Any

import altair as alt


def read_rows(chart: alt.VConcatChart, key: str | None = None) -> list[dict[str, Any]]:
    """The rows of a chart of one set of data, or those that have a key."""
    sets = chart.to_dict()["datasets"].values()
    (rows,) = [rows for rows in sets if key is None or key in rows[0]]
    return list(rows)


def read_words(chart: alt.VConcatChart) -> tuple[str, str, str]:
    """The title, the facts and the gaps, each on one line."""
    spec = chart.to_dict()
    gaps = spec["vconcat"][-1].get("title", {}).get("text", [])
    return tuple(
        " ".join(lines) for lines in (spec["title"]["text"], spec["title"]["subtitle"], gaps)
    )  # type: ignore[return-value]


def is_empty(chart: alt.VConcatChart) -> bool:
    """Whether the picture says that there is nothing to show."""
    mark = chart.to_dict()["vconcat"][0]["mark"]
    return bool(mark["text"] == "nothing to show")


def read_layer(chart: alt.VConcatChart, at: int) -> dict[str, Any]:
    """The encodings of a layer."""
    encoding: dict[str, Any] = chart.to_dict()["vconcat"][0]["layer"][at]["encoding"]
    return encoding
