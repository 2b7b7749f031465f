"""The flag `--plot FILE`, which writes an answer as a chart to a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.errors import UsageError

if TYPE_CHECKING:
    import argparse


def add_plot_flag(parser: argparse.ArgumentParser, what: str) -> None:
    """Add --plot, which draws `what`; `check_plot` reads it."""
    parser.add_argument(
        "--plot",
        metavar="FILE",
        type=Path,
        help=f"draw {what} into FILE (.svg, .png or .html) instead of printing text; an existing "
        "file is replaced",
    )


def check_plot(args: argparse.Namespace) -> None:
    """Raise UsageError, before any work, if the chart could not be written."""
    path: Path | None = args.plot
    if path is None:
        return
    from stockgroups.charts.files import check_suffix  # noqa: PLC0415 - needs an extra

    check_suffix(path)
    if not path.parent.is_dir():
        raise UsageError(f"no such folder: {path.parent}", where="--plot", remedy="create it first")
