"""Hold answers against sources that took no part, and print how many are right."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import stockgroups
from audit.evidence import missing, read_evidence
from audit.explanations import read_explanations
from audit.report import sample_table, table, tell, unexplained, write_page
from audit.run import audit, check_list
from audit.scratch import open_loaded
from stockgroups import StockgroupsError


def main() -> int:
    """Run the audit that the arguments ask for and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m audit", description=__doc__)
    parser.add_argument("--holdings", type=Path, help="the folder of real files (HOLDINGS_DIR)")
    parser.add_argument("--seed", type=int, required=True, help="decides what is drawn")
    parser.add_argument("--list", type=Path, help="a CSV of your own answers, which are asked too")
    parser.add_argument("--output", type=Path, help="where the page is written: docs/accuracy.md")
    parser.add_argument("--url", help="a database to load into, or one that a run has filled")
    args = parser.parse_args()
    folder = args.holdings or Path(os.environ.get("HOLDINGS_DIR") or "holdings")
    if lacking := missing(folder):
        sys.stderr.write(
            f"audit: {folder} lacks {', '.join(lacking)}. The files belong to their publishers and "
            "are no part of the project: docs/accuracy.md tells which they are and who has them. "
            "Name their folder with --holdings, or HOLDINGS= for make.\n"
        )
        return 2
    evidence = read_evidence(folder)
    explanations = read_explanations()
    try:
        with open_loaded(evidence, args.url) as opened:
            results = audit(opened, evidence, args.seed)
            own = check_list(opened, args.list) if args.list else []
    except StockgroupsError as error:
        sys.stderr.write(f"audit: {error}\n")
        return 2
    every = [*results, *own]
    print("\n".join([*table(every, explanations), "", *sample_table(every)]))
    for result in every:
        for one in result.judged:
            if one.is_missed:
                print(f"- {tell(one, explanations)}")
    if args.output:
        page = write_page(results, explanations, args.seed, stockgroups.__version__)
        args.output.write_text(page, encoding="utf-8")
    left = unexplained(every, explanations)
    print(f"seed {args.seed}: {len(left)} misses without an explanation")
    return 1 if left else 0


sys.exit(main())
