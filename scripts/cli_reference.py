#!/usr/bin/env python3
"""Print the reference of all commands: `python scripts/cli_reference.py > docs/cli.md`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.main import COMMANDS, make_parser

if TYPE_CHECKING:
    import argparse

HEAD = """\
# Commands

Made from the program by `scripts/cli_reference.py`; a test compares the two.

Every command ends with one of these statuses. An error is one line on standard error: what is
wrong, where, and what to do about it.

| status | meaning |
|---|---|
| 0 | done |
| 1 | something was found or refused: a failed check, a file, a guard, an unknown name |
| 2 | wrong usage: a flag, a setting |
| 3 | the database was not chosen, cannot be reached, or has another schema |

Settings come from the environment, then from `.env` of the current folder, then from that of the
project.

| setting | meaning |
|---|---|
| `DATABASE_URL` | the server: `postgresql://user@host/database`, or `embedded` for your own |
| `ENVIRONMENT` | DEFAULT (where it is not set), TEST, UAT or PROD |
| `HOLDINGS_DIR` | the folder with the issuers' files |
| `CATALOG_DIR` | a folder with catalogues of your own |

`STOCKGROUPS_HOME`, from the environment alone, is the folder of the embedded server.
"""


def main() -> None:
    """Print the reference."""
    print(make_reference(), end="")


def make_reference() -> str:
    """Return the reference as Markdown."""
    parsers = {name: make_parser(name) for name in COMMANDS}
    shared = set.intersection(*({_name(a) for a in _actions(p)} for p in parsers.values()))
    some = next(iter(parsers.values()))
    parts = [
        HEAD,
        "Flags that all commands share:\n",
        *_table([action for action in _actions(some) if _name(action) in shared]),
    ]
    for command, parser in parsers.items():
        own = [action for action in _actions(parser) if _name(action) not in shared]
        parts += [f"\n## stockgroups {command}\n", (parser.description or "").strip()]
        parts += ["", *_table(own)] if own else []
        parts += _choices(parser)
    return "\n".join(parts) + "\n"


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return parser._actions  # noqa: SLF001 - argparse has no public list of its flags


def _table(actions: list[argparse.Action]) -> list[str]:
    rows = [f"| {_code(_usage(action))} | {_cell(action.help or '')} |" for action in actions]
    return ["| flag | meaning |", "|---|---|", *rows]


def _choices(parser: argparse.ArgumentParser) -> list[str]:
    """Return the sentences about flags of which one only may be given."""
    sentences = []
    for group in parser._mutually_exclusive_groups:  # noqa: SLF001 - as above
        names = ", ".join(_code(_name(action)) for action in group._group_actions)  # noqa: SLF001
        sentences.append(f"\n{'One' if group.required else 'At most one'} of {names} is given.")
    return sentences


def _name(action: argparse.Action) -> str:
    return action.option_strings[-1] if action.option_strings else str(action.metavar)


def _usage(action: argparse.Action) -> str:
    """Return the flag with what follows it, such as `--etf TICKER`."""
    names = ", ".join(action.option_strings)
    if action.nargs == 0:
        return names
    value = action.metavar or "|".join(map(str, action.choices or ())) or action.dest.upper()
    return f"{names} {value}{' …' if action.nargs in ('*', '+') else ''}".strip()


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


if __name__ == "__main__":
    main()
