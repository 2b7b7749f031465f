"""Attack the program for an hour: `python -m campaign`; exit 1 for any harm."""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from pathlib import Path

from campaign import clusters, files, kills, readers, refreshes, requests, settings, writers
from campaign.lanes import run_all, take_step
from campaign.page import make_table, write_page

ATTACKS = {
    one.name: one
    for one in (
        kills.ATTACK,
        clusters.ATTACK,
        refreshes.ATTACK,
        writers.ATTACK,
        files.ATTACK,
        readers.ATTACK,
        settings.ATTACK,
        requests.ATTACK,
    )
}


def main() -> int:
    """Run the attacks that were asked for and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m campaign", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="of all attacks together")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(2**32))
    parser.add_argument("--attacks", default=",".join(ATTACKS), help="some of %(default)s")
    parser.add_argument("--step", type=int, help="do this one step of one attack again")
    parser.add_argument("--output", type=Path, help="the page whose table is written anew")
    args = parser.parse_args()
    unknown = set(args.attacks.split(",")) - set(ATTACKS)
    if unknown:
        parser.error(f"no attack {', '.join(sorted(unknown))}")
    if args.output is not None and not args.output.is_file():
        parser.error(f"{args.output} is no page with a table to replace, as docs/reliability.md is")
    attacks = [ATTACKS[name] for name in ATTACKS if name in args.attacks.split(",")]
    if args.step is not None:
        tallies = {one.name: take_step(one, args.step, args.seed) for one in attacks}
    else:
        print(f"seed {args.seed}", file=sys.stderr, flush=True)
        tallies = run_all(attacks, 60 * args.minutes, args.seed)
    table = make_table(attacks, tallies, args.minutes, args.seed, time.strftime("%Y-%m-%d"))
    print(table)
    violations = [one for tally in tallies.values() for one in tally.violations]
    for fault, description in violations:
        print(f"{fault}: {description}")
    if args.output is not None and args.step is None:
        write_page(args.output, table)
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
