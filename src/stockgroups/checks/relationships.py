"""Relationships in both directions: the record, the memberships and the metadata must agree.

Forward is from a group to its stocks, reverse from a stock to its groups.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stockgroups.checks.differences import name_words
from stockgroups.checks.history import check_history
from stockgroups.checks.section import BUILD, Section
from stockgroups.db.sql import load_statements
from stockgroups.model import GroupType
from stockgroups.store import Store, execute
from stockgroups.text import count_of

if TYPE_CHECKING:
    from stockgroups.checks.differences import Drift

_SQL = load_statements("checks")
RESTORE = (
    "run `stockgroups db reconcile --restore` to restore the record, or keep the changes: "
    "`stockgroups db reconcile`, then `stockgroups build-metadata`"
)
RESTORE_WORDS = (
    "run `stockgroups db reconcile --restore` to restore its texts, or keep the changes: "
    "`stockgroups db reconcile`"
)
_CLAIMS = {"ETF": "member_of_etfs", "THEME": "themes"}
RELOAD = "load its source again, or record its members: `stockgroups db reconcile`"


@dataclass(slots=True)
class _Errors:
    """The counts of errors.

    Attributes:
        forward: Relationships that are missing or wrong in a group or in a stock's metadata.
        reverse: Relationships that a group or a stock's metadata has and should not have.
        wrong: The relationships with an error, each once.
        lacking: Memberships that are missing.
        lost: Memberships that no snapshot contains any more, and those of deleted groups.
        stale: Relationships that are wrong in the metadata.
    """

    forward: int = 0
    reverse: int = 0
    wrong: set[tuple[str, str, str]] = field(default_factory=set)
    lacking: int = 0
    lost: int = 0
    stale: int = 0


def check_relationships(store: Store, drift: Drift) -> Section:
    """Compare every relationship with the snapshot that it comes from, and with the metadata.

    A membership that differs from the record is one finding. The metadata then differ too; this is
    not a second finding.
    """
    section, errors = Section("relationships", "Bidirectional relationships"), _Errors()
    counts: Counter[str] = Counter()
    for (kind, _), size in drift.sizes.items():
        counts[kind] += size.members
    total, in_universes, in_sectors = (
        counts["ETF"] + counts["THEME"],
        counts["UNIVERSE"],
        counts["SECTOR"],
    )
    _find_drift(section, errors, drift)
    _find_unrecorded(section, errors, store)
    _find_words(section, drift)
    _find_metadata(section, errors, store, drift)
    section.add_fact("Total relationships", total)
    section.add_fact("Universe memberships", in_universes)
    section.add_fact("Sector memberships", in_sectors)
    section.add_fact("Forward errors", errors.forward)
    section.add_fact("Reverse errors", errors.reverse)
    check_history(store, drift.securities, section)
    if errors.lost:
        section.add_fact("Memberships without a snapshot", errors.lost)
    if errors.stale:
        section.add_fact("Stale metadata", f"{errors.stale} relationships; {BUILD}")
    _add_integrity(section, errors, total + in_universes + in_sectors)
    return section


def _find_drift(section: Section, errors: _Errors, drift: Drift) -> None:
    """Find the memberships that differ from the record, and the groups that were deleted."""
    for kind, group, symbol, recorded, stored, weight, stored_weight in drift.members:
        if recorded and stored:
            message = f"weighs {stored_weight}, the snapshot says {weight}"
        elif recorded:
            message = "is in the snapshot but not in the memberships"
        else:
            message = "is in the memberships but in no effective snapshot"
        errors.forward += bool(recorded)
        errors.reverse += not recorded
        errors.lacking += not stored
        errors.wrong.add((kind, group, symbol))
        section.find(message, group=group, symbol=symbol, remedy=RESTORE)
    for (kind, group), count in drift.deleted.items():
        what = f"the {kind} with {count_of(count, 'member')} was deleted by another program"
        section.find(what, group=group, remedy=RESTORE)
        errors.forward += count
        errors.lost += count
        errors.lacking += count


def _find_unrecorded(section: Section, errors: _Errors, store: Store) -> None:
    """Find the groups that have memberships and no record."""
    for _, group, count, was_recorded in execute(store, _SQL["unrecorded_groups"]):
        message = f"holds {count} memberships that no snapshot accounts for"
        if was_recorded:
            errors.lost += count
            section.find(message, group=group, remedy=RELOAD)
        else:
            section.find(
                f"{message}: another program made it",
                group=group,
                warning=True,
                remedy=f"record it with `stockgroups db reconcile`, or load a file {group}_DATE",
            )


def _find_words(section: Section, drift: Drift) -> None:
    """Find the fields of groups' own rows that another program changed."""
    for key, words in drift.words.items():
        # The check of ETFs reports a wrong number of holdings.
        changes = [
            word
            for word in name_words(words)
            if (key.type, word) != (GroupType.ETF, "metadata.total_holdings")
        ]
        # If the members differ too, their findings give the same remedies.
        if changes and (key.type.value, key.name) not in drift.groups:
            section.find(
                f"another program changed the {key.type}'s {', '.join(changes)}",
                group=key.name,
                warning=True,
                remedy=RESTORE_WORDS,
            )


def _find_metadata(section: Section, errors: _Errors, store: Store, drift: Drift) -> None:
    """Find the relationships that are missing in stocks' metadata, or wrongly there."""
    changed = {kind: drift.pairs(kind) for kind in ("ETF", "THEME")}
    suspects = [stock.symbol for stock in drift.stocks if stock.is_suspect]
    rows = execute(store, _SQL["metadata_differences"], symbols=suspects) if suspects else ()
    malformed: dict[tuple[str, str], str] = {}
    for kind, group, symbol, held, has_entry, json_type in rows:
        if (group, symbol) in changed[kind] or (kind, group) in drift.deleted:
            continue
        errors.forward += bool(held)
        errors.reverse += not held
        errors.stale += 1
        errors.wrong.add((kind, group, symbol))
        if not has_entry:  # the check of metadata reports the stock
            section.spoil()
            continue
        if held and json_type:
            malformed[kind, symbol] = json_type
            continue
        message = (
            "is a membership that the stock's metadata lacks"
            if held
            else "is in the stock's metadata but is not a membership"
        )
        section.find(message, group=group, symbol=symbol, remedy=BUILD)
    for (kind, symbol), json_type in sorted(malformed.items()):
        message = f"has {_CLAIMS[kind]} in its metadata as a JSON {json_type}, not as an array"
        section.find(message, symbol=symbol, remedy=BUILD)


def _add_integrity(section: Section, errors: _Errors, there: int) -> None:
    """Add the fact of how many relationships are right, in per cent.

    Missing relationships count too; otherwise an empty table would be 100 % right.
    """
    everything = there + errors.lacking
    count = len(errors.wrong) + errors.lost
    integrity = 100.0 * max(0, everything - count) / everything if everything else 100.0
    # Rounding must not hide one error among a million.
    shown = min(integrity, 99.99) if count else integrity
    section.add_fact("Integrity", f"{shown:.2f}%", passed=section.passed)
    section.measure(integrity_percent=shown)
