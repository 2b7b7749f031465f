"""The table of a run, and the page that shows the last one."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from campaign.attack import Attack, Fault, Tally

BEGIN, END = "<!-- table of the last run -->", "<!-- end of the table -->"


def make_table(
    attacks: Sequence[Attack], tallies: Mapping[str, Tally], minutes: float, seed: int, day: str
) -> str:
    """Return what a run reached, in Markdown."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = (
        f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}, "
        f"Python {platform.python_version()}, load {os.getloadavg()[2]:.0f}"
    )
    lines = [
        f"{day}, seed {seed}, {minutes:g} minutes, {machine}.",
        "",
        f"| attack | tries | wanted in an hour | {' | '.join(Fault)} | what came of them |",
        f"|---|---|---|{'---|' * (len(Fault) + 1)}",
    ]
    for attack in attacks:
        tally = tallies[attack.name]
        faults = Counter(fault for fault, _ in tally.violations)
        cells = [
            attack.name,
            f"{tally.tries:,} {attack.unit}",
            f"{attack.wanted:,}",
            *(str(faults[fault]) for fault in Fault),
            ", ".join(f"{what} {count:,}" for what, count in tally.outcomes.most_common()),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def write_page(path: Path, table: str) -> None:
    """Put the table between the page's marks, in place of the last one."""
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{path} has no lines {BEGIN!r} and {END!r}")
    path.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")
