"""A fuzzer to be run by hand: `PYTHONPATH=tests python -m readers.fuzz --seconds 300`.

Files of every format and directory, made by hand (and those of HOLDINGS_DIR, where it is set), are
damaged at random. Of each only a refusal may come, or a result whose account adds up. Whatever else
comes is kept in a folder, and named at the end; the exit status is 1 then.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from directory_files import make_listed, make_other, make_screener, make_tickers, make_traded
from readers.accounts import DAY, check_directory, check_snapshot
from readers.biff_files import biff_workbook
from readers.builders import CATALOG
from readers.layouts import LAYOUTS
from readers.positions import POSITIONS
from readers.printing import CSV, RESAVED, write_workbook
from stockgroups.errors import (
    GuardError,
    ReaderBugError,
    SourceError,
    UnrecognisedFileError,
    UnsupportedFileError,
)
from stockgroups.readers import read_funds
from stockgroups.readers.directories import read_directory
from stockgroups.readers.lists.constituents import read_constituents
from stockgroups.suspicions import Guard

MEMORY = 2 * 1024**3
SLOWEST_SECONDS = 20
LARGEST_SAMPLE = 300_000

TOKENS = tuple(
    token.encode("utf-8", "surrogatepass")
    for token in (
        *("", " ", ",", ",,,,", '"', '""', "'", "\n", "\r", "\r\n", "\r\r\n", "\n\n\n"),
        *("\t", "|", ";"),
        *("0", "-0", "1e400", "-1e300", "1e-320", "NaN", "-inf", "1_000", "--5", "0x1F", "%"),
        *("١٢٣", "9" * 400, "1e18", "-1e18", "1,5", "(5)", "$", "<0.01%", "-", "--", "#REF!"),
        *("02/31/2026", "0001-01-01", "9999-12-31", "31.09.2026", "As of 99-Foo-2026"),
        *("AAPL", "BRK/B", "7203.XTKS", "'; DROP TABLE", "=cmd|' /C calc'!A0", "A" * 300, "ESZ6"),
        *("\x1b[31m", "\x00", "\x9b", "\u202e", "\ufeff", "\u2028", "\xa0", "é", "😀", "\ud800"),
        *("&", "&amp;", "&#0;", "&#x1b;", "&x;", "<", ">", "<!DOCTYPE a>", "<![CDATA[", "]]>"),
        *("{", "}", "[", "]", "null", "true", "[[[[", '{"a":', "\\u0000", "\\ud800", "\\u001b"),
        *("r=", 't="s"', 't="d"', 's="1"', 'ss:Index="9"', 'r="A99999999999"', "_x001B_", "sst"),
        *("Ticker", "Name", "Weight", "Weight (%)", "Symbol", "Equity", "Cash", "USD", "symbol"),
    )
)  # fmt: skip

Read = Callable[[bytes, str], str]


def read_fund(data: bytes, name: str) -> str:
    """Read the holdings of all funds, and return what they are."""
    kind = ""
    for reading in read_funds(data, name, CATALOG, as_of=DAY, accept={"weights"}):
        if isinstance(reading.error, ReaderBugError):
            raise reading.error
        if reading.result:
            check_snapshot(reading.result.snapshot)
            kind = reading.result.format
    return kind or "refused, fund by fund"


def read_list(data: bytes, name: str) -> str:
    """Read a symbol directory, and return what it is."""
    directory = read_directory(data, name, as_of=DAY)
    check_directory(directory)
    return directory.source


def read_members(data: bytes, name: str) -> str:
    """Read a list of constituents, and return what it is."""
    snapshot = read_constituents(data, name, CATALOG, as_of=DAY, accept=frozenset(Guard))
    check_snapshot(snapshot)
    return "constituents"


CONSTITUENTS = (
    "Symbol,Security,GICS Sector,Date added\nMMM,3M,Industrials,1957-03-04\nBRK.B,B,Energy,\n",
    "Company Name,Industry,Symbol,Series,ISIN Code\nInfosys,IT,INFY,EQ,INE009A01021\n",
    "symbol,name,opt-in,opt-out\nAA,Alcoa,1959-06-01,1999-11-01\nAAPL,Apple,2015-03-19,\n",
    '[{"symbol": "MMM", "weight": "60%"}, {"symbol": "AAPL", "weight": "40%"}]',
)


def make_samples() -> list[tuple[Read, str, bytes]]:
    """One file and more of every format and directory, with how it is read and its name."""
    samples: list[tuple[Read, str, bytes]] = []
    for layout in LAYOUTS:
        rows = [[column(position) for column in layout.columns.values()] for position in POSITIONS]
        for above in layout.above:
            for below in layout.below:
                sheet = [*above, list(layout.columns), *rows, *below]
                resaved = RESAVED if layout.writers[-1] in CSV else ()
                old = (biff_workbook,) if write_workbook in layout.writers else ()
                samples += [
                    (read_fund, layout.file_name, write(sheet))
                    for write in (*layout.writers, *resaved, *old)
                ]
    golden = sorted((Path(__file__).parent / "golden").iterdir())
    samples += [(read_fund, p.name, p.read_bytes()) for p in golden if p.suffix != ".golden"]
    odd = (7, "Odd Inc.", "ODD", None)
    directories = (
        make_traded(["A", "BRK.B"], rows=["Y|A$B|C|N| |N|100|N||ApB|A-B|N"], tests=["ZVV"]),
        make_listed(["AAPL"]),
        make_other(["IBM"], rows=["ABR$D|Name|N|ABRpD|N|100|N|ABR-D"]),
        make_tickers((1, "Apple Inc.", "AAPL", "Nasdaq"), (2, "B", "BRK-B", "NYSE"), odd),
        make_screener({"symbol": "BRK/B", "ipoyear": "1999"}, {"symbol": "ABR^D", "sector": "X"}),
    )
    samples += [(read_list, "list_2026-05-12.txt", data) for data in directories]
    samples += [(read_members, "list_2026-05-12.txt", text.encode()) for text in CONSTITUENTS]
    folder = os.environ.get("HOLDINGS_DIR")
    for path in sorted(Path(folder).rglob("*")) if folder else ():
        if path.is_file() and path.suffix != ".md" and path.stat().st_size <= LARGEST_SAMPLE:
            data = path.read_bytes()
            samples += [(r, path.name, data) for r in (read_fund, read_list) if _knows(r, data)]
    return samples


def _knows(read: Read, data: bytes) -> bool:
    try:
        read(data, "X_2026-07-02")
    except (SourceError, GuardError) as error:
        return not isinstance(error, UnrecognisedFileError | UnsupportedFileError)
    return True


def damage(data: bytes, other: bytes, chance: random.Random) -> bytes:
    """Return the bytes with some damage of one kind; a workbook's parts or its archive."""
    if data.startswith(b"PK") and chance.random() < 0.8:
        return _damage_part(data, chance)
    for _ in range(chance.choice((1, 1, 1, 2, 5, 20))):
        data = chance.choice(DAMAGES)(data, other, chance)
    return data


def _damage_part(data: bytes, chance: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(sorted(parts))
    for _ in range(chance.choice((1, 1, 3))):
        parts[name] = chance.choice(DAMAGES)(parts[name], b"", chance)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return packed.getvalue()


def _span(data: bytes, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.choice((0, 1, 1, 2, 8, 64, 1000)))


def _put_token(data: bytes, _: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return data[:start] + chance.choice(TOKENS) + data[end:]


def _put_cell(data: bytes, _: bytes, chance: random.Random) -> bytes:
    sign = chance.choice((b",", b'"', b">", b"|", b";", b"\t"))
    ends = [at for at, byte in enumerate(data) if byte == sign[0]]
    if len(ends) < 2:
        return data
    at = chance.randrange(len(ends) - 1)
    return data[: ends[at] + 1] + chance.choice(TOKENS) + data[ends[at + 1] :]


def _put_byte(data: bytes, _: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(data) + 1)
    return data[:start] + bytes([chance.randrange(256)]) + data[start + 1 :]


def _repeat(data: bytes, _: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return data[:end] + data[start:end] * chance.choice((1, 2, 50)) + data[end:]


def _cut(data: bytes, _: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return chance.choice((data[:start], data[start:], data[:start] + data[end:]))


def _splice(data: bytes, other: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)] + other[chance.randrange(len(other) + 1) :]


def _move_lines(data: bytes, _: bytes, chance: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    one, two = chance.randrange(len(lines) + 1), chance.randrange(len(lines) + 1)
    lines[one : one + 1], lines[two : two + 1] = lines[two : two + 1], lines[one : one + 1]
    return b"".join(lines)


def _recode(data: bytes, _: bytes, chance: random.Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(chance.choice(("utf-16", "utf-16-le", "cp1252", "utf-8-sig")), "replace")


DAMAGES = (
    *[_put_token] * 4,
    *[_put_cell] * 6,
    _put_byte,
    _put_byte,
    _repeat,
    _cut,
    _splice,
    _move_lines,
    _move_lines,
    _recode,
)


def main() -> int:
    """Damage and read files for so many seconds; say how often what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, _give_up)
    samples, chance = make_samples(), random.Random(args.seed)
    outcomes: Counter[str] = Counter()
    kept: dict[str, Path] = {}
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))

    def keep(error: BaseException, name: str, data: bytes) -> None:
        step = traceback.extract_tb(error.__traceback__)[-1]
        failure = f"{type(error).__name__} in {step.name}: {str(error)[:100]!r}"
        outcomes[f"FAILED {failure}"] += 1
        if failure not in kept:
            kept[failure] = folder / f"{len(kept)}-{name}"
            kept[failure].write_bytes(data)

    end = time.monotonic() + args.seconds
    while time.monotonic() < end:
        read, name, data = chance.choice(samples)
        data = damage(data, chance.choice(samples)[2], chance)
        signal.alarm(SLOWEST_SECONDS)
        try:
            outcomes[f"read as {read(data, name)}"] += 1
        except (SourceError, GuardError) as error:
            str(error).encode()
            outcomes[type(error).__name__] += 1
            if isinstance(error, ReaderBugError):
                keep(error.__cause__ or error, name, data)
        except BaseException as error:  # a panic of a library in Rust is no Exception
            if isinstance(error, KeyboardInterrupt):
                raise
            keep(error, name, data)
        finally:
            signal.alarm(0)
    for outcome, count in sorted(outcomes.items()):
        print(f"{count:9,}  {outcome}")
    print(f"{outcomes.total():9,}  files of {len(samples)} samples, seed {args.seed}")
    for failure, path in kept.items():
        print(f"kept: {path}: {failure}")
    return 1 if kept else 0


def _give_up(*_: object) -> None:
    raise TimeoutError(f"more than {SLOWEST_SECONDS} seconds")


if __name__ == "__main__":
    sys.exit(main())
