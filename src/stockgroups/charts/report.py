"""The charts of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.charts import theme
from stockgroups.charts.composition import draw_slices
from stockgroups.charts.coverage import draw_coverage
from stockgroups.charts.files import make_svg
from stockgroups.queries.composition import Slice
from stockgroups.text import count_of, name_key

if TYPE_CHECKING:
    from stockgroups.reports import Report


def draw_report(report: Report) -> dict[str, str]:
    """Return the charts of a report as SVG, by the keys that `write_page` takes."""
    pictures = {}
    if sectors := report.sectors:
        slices = [Slice(name_key(one.name), one.members) for one in sectors]
        caption = theme.Caption(
            "Stocks by sector",
            [f"{report.environment}: {count_of(sum(one.members for one in sectors), 'stock')}"],
        )
        pictures["sectors"] = make_svg(draw_slices(slices, caption, by_weight=False))
    if report.coverage is not None:
        pictures["coverage"] = make_svg(draw_coverage(report.coverage))
    return pictures
