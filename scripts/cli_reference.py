#!/usr/bin/env python3
"""Print the reference of all commands: `python scripts/cli_reference.py > docs/cli.md`."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.cli.flags import add_moment_flags
from stockgroups.cli.main import COMMANDS, COMMANDS_BY_TASK, make_parser
from stockgroups.cli.tabular import add_table_flags

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = """\
# Commands

This page lists every command, flag and exit status, and the [keys of the JSON answers](#json).
`scripts/cli_reference.py` makes it from the program. To start, see the [README](../README.md); for the daily work, [running](running.md).

Each command prints its flags with `--help`, or after `help`: `help load`. `version` and `-v` print the
version. A day is written as `2026-07-02`, or as an age: `30d`, `2w`, `1y` (365 days) before today.

## Overview"""


COMMON = """\
## Errors and exit status

An error is one line on standard error: what is wrong, where, and what to do about it (wrapped on a terminal). Without
an error, standard error has only warnings, and progress if it is a terminal.

With `--json` an error leaves standard output empty, and the last line on standard error is
`{"error": {"type", "what", "where", "remedy", "exit_status"}}`. It has `nearest` for an unknown name, `changed` (loads)
for a plan that is out of date, and `text` and `column` (from 1) for a place in an expression.

| status | meaning |
|---|---|
| 0 | done |
| 1 | something was found or refused: a failed check, a file, a guard, an unknown name |
| 2 | wrong usage: a flag, a setting, a catalogue of your own |
| 3 | the database was not chosen, cannot be reached, or has another schema |
| 70 | a bug in the program; `--debug` shows the traceback to report |
| 130 | interrupted (Ctrl-C); uncommitted changes are undone |
| 141 | the program that reads the output has ended, such as `head` |

## Settings

Settings come from the environment, then from `.env` of the current folder, then from `.env` of the project.

| setting | meaning |
|---|---|
| `DATABASE_URL` | the database: `postgresql://user@host/database`, or `embedded` for your own local server |
| `ENVIRONMENT` | DEFAULT (the default), TEST, UAT or PROD |
| `HOLDINGS_DIR` | the folder of the issuers' files |
| `INDEX_PROXIES` | on or off: whether funds without files get index members as proxies; default: on, in PROD off |
| `CATALOG_DIR` | the folder of your own catalogues |
| `SEC_CONTACT` | the name and mail address that the SEC demands of programs: `Jane Doe jane@example.com` |
| `FETCH_SOURCES` | the sources of `fetch` and `refresh` if none is named: `sec, ssga` |
| `FETCH_REPLAY` | for tests: a server on this machine, `http://127.0.0.1:8000`, that replaces all hosts |

`STOCKGROUPS_HOME` is the folder of the embedded server; it is read from the environment only.

## Flags of every command
"""


SHAPES = """\
## JSON

The keys of `--json`, by question. Dates are `2026-07-02`, weights are fractions (0.065 is 6.5 %), and unknown values
are null. An answer from reports also has `state`, the worst state of these reports by the
[limits of age](running.md#how-old-the-sources-are): `pass`, `warn`, `error`, or `unknown`.

| question | keys |
|---|---|
| `query --etf` | `etf_symbol`, `name`, `holdings` (symbols), `total_holdings`, `weights` (by symbol), `metadata`, `liquidity_filter`, `former_ticker` (if the question used one), the members and the origin |
| `query --stock` | `stock_symbol`, `current_symbol`, `name`, `member_of_etfs`, `etf_details` (pairs of ticker and name), `etfs` (an object for each fund, with its origin), `themes`, `universes`, `drifted_themes`, `drifted_universes` (those in which another program wrote the stock's row), `removed_from` (pairs of type and name of groups from which another program removed it), `too_old` (funds with a source older than `--max-age` allows), `sector`, `industry`, `industry_label`, `confidence`, `asked`, `former_symbols`, `names` (its symbols with their days), `asked_as_of`, `known_at`, `published_by`, `asked_source` |
| `query --theme`, `--universe` | `theme_key` or `universe_key`, `name`, `display_name`, `description`, `symbols`, `total_symbols`, `metadata`, the members and the origin |
| `query --sector` | `sector_key`, `name`, `display_name`, `description`, `industries`, `representative_stocks`, `symbols`, `total_symbols`, `metadata`, the members and the origin |
| `query --industry` | `industry`, `sector`, `symbols`, `total_symbols` |
| `query --stats` | `environment`, `types` (by type), `etf_stocks`, `all_stocks`, `stock_metadata`, `stock_metadata_with_sector`, `snapshots`, `snapshot_members`, `last_recorded_at`, `etfs`, `asked_as_of`, `known_at`, `published_by`, `asked_source`, `drifted` (groups that another program has changed, as pairs of type and name; null if there are too many members to check) |
| `members` | `expression` (in canonical spelling), `total_symbols`, `symbols`, `as_of` and `age_days` (of the oldest source), `is_proxy`, `is_drifted` (of any group), `asked_as_of`, `known_at`, `published_by`, `asked_source`, `groups`: `term`, `name`, `total` and the origin; `warnings`; `members`: `symbol`, `name`, `weight`, `security_id`, `sector`, `terms` (the groups that contain the stock), `weights` (by group) |
| `query --custom`, `--segment` | as `query --theme`, with `custom_key` or `segment_key`; `--custom` also has `warnings` (how a saved expression is stale) |
| `list` | a list: `key`, `name`, `members`, `as_of`, `source`, `is_proxy`; for industries `industry`, `sector`, `stocks` |
| `refresh` | `run`, `environment`, `dry_run`, `passed`, `steps` (`step`, `passed`, `summary`, `load`, `failures`, `details`: the step's own report), `validation`, `freshness` |
| `fetch` | `run`, `folder`, `dry_run`, `passed`, `counts` (by outcome), `asked_before`, `refused_before`, `left`, `files` (the lines of the manifest), `would_ask`, `notes`, `failures` |
| `members --save`, `refresh --saved` | `dry_run`, `load`, `groups`: `key`, `expression`, `former_expression`, `total_symbols`, `is_new`, `changed`, `added`, `removed`, `reweighted`, `warnings`, `error`; `outside`, `replaced`, `identity` |
| `formats` | a list: `format`, `issuer`, `containers`, `fund_from`, `date_from` (what names fund and date), `version`, `last_seen` (the date of the newest real file that it was tested on), `origin` |
| `search` | a list: `type` (of a group, or STOCK), `key`, `name` |
| `resolve` | a list: `text`, `symbol`, `current_symbol`, `security_id`, `method`, `confidence`, `candidates`, `why` |
| `resolve --explain` | `resolutions` (that list), `stocks`: `symbol`, `security_id`, `symbols`, `evidence`; `reasons`: `rank`, `rule`, `one_stock`, `lines`, `why` |
| `related` | `symbol`, `security_id`, `names`, `related`: `symbol`, `relation`, `why`, `is_sure` |
| `exposure` | `by`, `total` (of the amounts), `positions`: `position`, `name`, `part`, `amount`, `weight`, `names`, `alone`, `overlap`; `rows`: `key`, `name`, `part`, `weight`, `long`, `short`, `stocks`, `through` (weights by position); `parts` (weights by part, which sum to 1), `concentration`: `hhi`, `gross` (Σ of the stocks' weights without a sign), `equal_stocks`, `largest` (weight of the largest stocks, by their number); `most_redundant`, `funds`: each fund that was looked through, with its origin, `names`, `not_in_stocks`; `warnings`, `asked_as_of`, `known_at`, `published_by`, `asked_source` |
| `overlap` | `overlap` (Σ min(weight) over all groups; null if one has no weights), `shared` (names in all groups), `groups`: `group`, `type`, `key`, `name`, the origin, `names`, `not_in_stocks` (weights by part), `shared`, `shared_names`, `covered`; `pairs`: `a`, `b`, `shared`, `overlap`, `covered_a`, `covered_b`; `members`: `symbol`, `name`, `in`, `overlap`, `weights` (by group); `warnings`, `asked_as_of`, `known_at`, `published_by`, `asked_source` |
| `overlap` of one | `group` and the keys of a group, `groups`: each with `overlap`, `shared`, `covered` (of this fund), `covers` (of the fund in the question); `warnings`, `asked_as_of`, `known_at`, `published_by`, `asked_source` |
| `overlap --all` | `groups`: `group` and the origin; `pairs`: `a`, `b`, `overlap`, `shared`; `warnings`, `asked_as_of`, `known_at`, `published_by`, `asked_source` |
| `timeline` | `stock_symbol`, `name`, `names`, `groups`: `type`, `key`, `valid_from`, `valid_to` (null: still a member) |
| `report` | `environment`, `version` (how many loads have changed it), `made_at`, `program`, `passed`; `statistics` (as `query --stats`), `sectors`: `sector`, `description`, `stocks`; `freshness` (a list: `type`, `name`, `as_of`, `age_days`, `source`, `is_proxy`, `warn_after`, `error_after`, `state`), `validation` (as `validate`), `loads` (the newest ten), and with `--detail`, else null: `coverage` (as `classify --measure`), `funds`: `etf_symbol`, `name`, `total_holdings`, the origin, `state`, `weight` (of all its stocks), `not_in_stocks` (weights by part), `largest`: `symbol`, `name`, `weight`; `sectors`: `sector`, `name`, `stocks`, `weight`; `coverage`, `rows` (of its file, by category), `findings` |
| `load` | `dry_run`, `changed`, `load` (its number), `plan` (the hash for `--plan`), `repeated` (the plan was applied before), `files` (in a dry run each with its `receipt`), `funds`, `universes` (of lists), `absent`, `renamed` (funds by their former tickers), `passed_by`, `passed_over`, `ignored`, `outside` (changes by other programs), `replaced` (those that the load replaced), `identity`, `doubts` (about effective files: points that a person should check), `failures` |
| `organize-sectors`, `organize-universe` | `dry_run`, `changed`, `load`, `groups`, `deleted`, `deletion` (the load that deleted), `outside`, `replaced`, `identity` |
| `export` | `folder`, `environment`, `version`, `identity`, `created_at`, `format`, `program`, `schema`, `layout`, `files`: by path `rows`, `bytes`, `sha256` (the manifest) |
| `import` | `environment`, `exported_environment`, `exported_at`, `program`, `rows` (by table), `raised_by` (by kind of number), `unknown_directories` (left out), `load` |
| `loads` | a list: `load`, `kind`, `started_at`, `actor`, `program`, `target`, `arguments`, `accepted`, `changes`, `undoes`, `undone_by` |

**The origin** is `as_of`, `age_days` (on the day of the question), `source`, `is_proxy`, `is_drifted` (another program
has changed the members, so no source reported them), `file`, `recorded_at`, `published_on` (the day on which the public
could know it, null if the source does not have it), and `as_of_used`, which equals `as_of`.

**The members** are `members`, an object for each stock, the heaviest first: `symbol` (today's), `reported_symbol` (or,
if the source has no ticker, the symbol that the stock had on the date), `name`, `weight`, `shares`, `sector` and
`industry` (today's; null in the past), `country`, `currency`, `cusip`, `isin`, `sedol`, `figi`. With them come
`reported_symbols`, `asked_as_of`, `known_at`, `published_by` and `asked_source`. `holdings` are the symbols of an ETF,
`symbols` those of every other group. With `--as-of` the answers have the same keys. With `--published-by`,
`publication` is its rule and `left_out` the reports that were not public by that day (`reports`, `groups`, `undated`,
`newest`, `public_on`).

**Rows** of an answer are printed in place of it by the [flags for rows](#flags-for-rows): the members of a group, a
stock's places in groups of every type, the groups of the statistics, the findings of `validate`, the changes of
`changes`, the lines of a `receipt`. They are those of Python's [data frames](python.md#data-frames). An answer without
rows prints the names of the columns.

**`identity`** describes the answers that changed: the numbers `split`, `joined`, `resolved` (refs without a symbol that
are a stock now) and `unresolved` (no longer a stock), and `securities`, the first hundred of them: `change`, `was`,
`is`, `other`, `from`, `to` (the days of the reports), `rule`, `why`. `load-universe`, `load-history`, `alias` and
`db rebuild` have it too; `load-directory` and `db upgrade` have it by environment.
"""


def main() -> None:
    """Print the reference."""
    print(make_reference(), end="")


def make_reference() -> str:
    """Return the reference as Markdown."""
    parsers = make_parser(*COMMANDS).actions
    shared = set.intersection(*({_name(a) for a in _actions(p)} for p in parsers.values()))
    some = next(iter(parsers.values()))
    parts = [
        HEAD,
        *_list_commands(),
        "",
        COMMON,
        *_table([action for action in _actions(some) if _name(action) in shared]),
    ]
    for group in SHARED:
        parts += [f"\n## {group.title}\n", group.words, "", *_table(group.actions)]
    for command, parser in parsers.items():
        parts += _describe(f"## stockgroups {command}", parser, shared)
        for name, action in parser.actions.items():
            parts += _describe(f"### stockgroups {command} {name}", action, shared)
    return "\n".join([*parts, "", SHAPES.rstrip()]) + "\n"


def _list_commands() -> list[str]:
    lines = []
    for task, group in COMMANDS_BY_TASK.items():
        rows = [f"| [{name}](#stockgroups-{name}) | {told} |" for name, (_, told) in group.items()]
        lines += [f"\n| {task} | |", "|---|---|", *rows]
    return lines


class Shared(NamedTuple):
    """Flags that many commands have in common, under one heading."""

    title: str
    words: str
    actions: list[argparse.Action]


def _share(title: str, words: str, add: Callable[[argparse.ArgumentParser], None]) -> Shared:
    parser = argparse.ArgumentParser(add_help=False)
    add(parser)
    return Shared(title, words, _actions(parser))


def _describe(title: str, parser: argparse.ArgumentParser, shared: set[str]) -> list[str]:
    own = [action for action in _actions(parser) if _name(action) not in shared | {"ACTION"}]
    parts = [f"\n{title}\n", (parser.description or "").strip()]
    rest, sentences = own, []
    for group in SHARED:
        row = {(_usage(action), action.help) for action in group.actions}
        if row <= {(_usage(action), action.help) for action in own}:
            rest = [action for action in rest if (_usage(action), action.help) not in row]
            sentences.append(f"[{group.title[0].lower()}{group.title[1:]}](#{_slug(group.title)})")
    if rest:
        parts += ["", *_table(rest)]
    if sentences:
        parts.append(f"\nIt {'also ' if rest else ''}takes the {' and the '.join(sentences)}.")
    return parts + _choices(parser, {_name(action) for action in rest})


def _slug(title: str) -> str:
    return title.lower().replace(" ", "-")


def _actions(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return parser._actions  # noqa: SLF001 - argparse has no public list of its flags


def _table(actions: list[argparse.Action]) -> list[str]:
    rows = [f"| {_code(_usage(action))} | {_cell(action.help or '')} |" for action in actions]
    return ["| flag | meaning |", "|---|---|", *rows]


def _choices(parser: argparse.ArgumentParser, told: set[str]) -> list[str]:
    """Return the sentences about flags of which one only may be given, where they are `told`."""
    sentences = []
    for group in parser._mutually_exclusive_groups:  # noqa: SLF001 - as above
        if not told.intersection(_name(action) for action in group._group_actions):  # noqa: SLF001
            continue
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


SHARED = (
    _share(
        "Flags for dates",
        "Commands that answer for a date in the past take these flags.",
        add_moment_flags,
    ),
    _share(
        "Flags for rows",
        "Commands whose answer is a table take these flags. At most one of the first three is given.",
        add_table_flags,
    ),
)


if __name__ == "__main__":
    main()
