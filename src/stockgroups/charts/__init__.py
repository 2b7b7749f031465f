"""Charts of answers, and their files.

    from stockgroups import charts

    charts.write_chart(charts.draw_overlap(db.overlap("SPY", "QQQ", "VTI")), "overlap.svg")

A chart is a function of an answer and does not use the database. It returns an Altair chart, which
notebooks show. It needs the extra `charts`; without it, the import raises UsageError.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from stockgroups.queries.composition import Slice
from stockgroups.queries.frames import import_package

if TYPE_CHECKING:
    from stockgroups.charts.changes import draw_changes
    from stockgroups.charts.composition import draw_composition, draw_slices
    from stockgroups.charts.coverage import draw_coverage
    from stockgroups.charts.exposure import draw_exposure
    from stockgroups.charts.files import write_chart
    from stockgroups.charts.members import draw_members
    from stockgroups.charts.overlap import draw_nearest, draw_overlap
    from stockgroups.charts.panel import draw_panel
    from stockgroups.charts.report import draw_report
    from stockgroups.charts.theme import Caption
    from stockgroups.charts.timeline import draw_timeline

__all__ = [
    "Caption",
    "Slice",
    "draw_changes",
    "draw_composition",
    "draw_coverage",
    "draw_exposure",
    "draw_members",
    "draw_nearest",
    "draw_overlap",
    "draw_panel",
    "draw_report",
    "draw_slices",
    "draw_timeline",
    "write_chart",
]
_HOMES = {
    "Caption": "theme",
    "draw_changes": "changes",
    "draw_composition": "composition",
    "draw_coverage": "coverage",
    "draw_exposure": "exposure",
    "draw_members": "members",
    "draw_nearest": "overlap",
    "draw_overlap": "overlap",
    "draw_panel": "panel",
    "draw_report": "report",
    "draw_slices": "composition",
    "draw_timeline": "timeline",
    "write_chart": "files",
}

for _package in ("altair", "vl_convert"):
    import_package(_package, "pip install 'stockgroups[charts]'")


def __getattr__(name: str) -> Any:
    """Import the module of a name of `__all__`, and return the name's value."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
