"""Answers over HTTP to many clients: how many, how late while all funds are reloaded, how large.

Requests are counted by `wrk` where it is installed; the same server answers a constant of the same
bytes by turns.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import re
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.data import ENVIRONMENT, age_by, make_desired
from benchmarks.measure import Row, at_least, at_most
from benchmarks.scratch import Scratch
from benchmarks.serving import STOCK, Client, run_server, serve_constant, serve_settings
from benchmarks.state import fill, load
from stockgroups.catalog import Catalog
from stockgroups.settings import Settings

HOLDINGS = "/v1/etfs/SPY/holdings"
CONNECTIONS = 8
SLICES, SLICE_SECONDS = 9, 1
PACE = 1_500
"""Requests a second: half of what is asked for at least."""
BUSY_SECONDS = 15.0
LOADS_SEEN = 20
WARM, MANY, KINDS = 20_000, 200_000, 250
PATIENCE = 10.0


def measure(scratch: Scratch, catalog: Catalog) -> Iterator[Row]:
    """Yield the rows about many requests."""
    fill(scratch.ours, catalog)
    settings = Settings(scratch.target.url, ENVIRONMENT, None, None, index_proxies=False)
    days = count(1)
    with run_server(serve_settings, settings) as (port, process), Client(port) as client:
        yield from _count(port, client)
        yield _see(scratch, client, days)
        yield _answer_late(scratch, port, days)
        yield _grow(port, process)


def _count(port: int, client: Client) -> Iterator[Row]:
    """Yield how many requests are answered, beside a constant of the server."""
    wrk = shutil.which("wrk")
    if wrk is None:
        return
    for path in (STOCK, HOLDINGS):
        body = client.ask(path)
        with run_server(serve_constant, body) as (other, _):
            pairs = [
                (_ask_many(wrk, port, path), _ask_many(wrk, other, "/")) for _ in range(SLICES)
            ]
        ours = statistics.median(pair[0] for pair in pairs)
        constant = statistics.median(pair[1] for pair in pairs)
        ratio = statistics.median(mine / theirs for mine, theirs in pairs)
        told = f"{ours:,.0f} / {constant:,.0f} a second, {len(body):,} bytes"
        yield Row(f"{path} beside a constant", ratio, "of its requests", at_least(0.7), told)
        if path == STOCK:
            yield Row(f"{path}, eight clients", ours, "a second", at_least(3_000.0), told)


def _ask_many(wrk: str, port: int, path: str) -> float:
    """Return how many requests a second are answered in one slice."""
    command = (
        wrk,
        "-t1",
        f"-c{CONNECTIONS}",
        f"-d{SLICE_SECONDS}s",
        f"http://127.0.0.1:{port}{path}",
    )
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", told)
    if found is None or "Non-2xx" in told:
        raise RuntimeError(told)
    return float(found[1])


def _see(scratch: Scratch, client: Client, days: Iterator[int]) -> Row:
    """Return how long it takes from the end of a load until it is answered with."""
    late = []
    for _, day in zip(range(LOADS_SEEN), days, strict=False):
        _reload(scratch, day)
        begun = time.perf_counter()
        while f'"as_of":"{_date_of(day)}"'.encode() not in client.ask(HOLDINGS):
            if time.perf_counter() - begun > PATIENCE:
                raise RuntimeError("the load is not seen")
        late.append(1e3 * (time.perf_counter() - begun))
    told = f"median {statistics.median(late):.3g} ms, of {LOADS_SEEN} loads"
    return Row("the longest until a load is seen", max(late), "ms", at_most(100.0), told)


def _answer_late(scratch: Scratch, port: int, days: Iterator[int]) -> Row:
    """Return how late the latest hundredth is while a writer reloads all funds."""
    processes = multiprocessing.get_context("spawn")
    told, tell = processes.Pipe(duplex=False)
    client = processes.Process(target=_pace, args=(port, tell), daemon=True)
    client.start()
    told.recv()  # it begins
    loads = 0
    while not told.poll():
        _reload(scratch, next(days))
        loads += 1
    late = sorted(told.recv())
    client.join()
    p99 = late[int(0.99 * len(late))]
    words = f"median {statistics.median(late):.3g}, latest {late[-1]:.3g} ms; {loads} loads"
    return Row(f"p99 of {PACE:,} a second while all is reloaded", p99, "ms", at_most(20.0), words)


def _grow(port: int, process: int) -> Row:
    """Return by how much the server grows."""
    asyncio.run(_hammer(port, WARM))
    before = read_size(process)
    asyncio.run(_hammer(port, MANY))
    grown = read_size(process) - before
    words = f"{before:.0f} MB before"
    return Row(f"growth over {MANY:,} requests", grown, "MB", at_most(8.0), words)


def _reload(scratch: Scratch, day: int) -> None:
    load(scratch.ours, age_by(make_desired(), day))


def _date_of(day: int) -> str:
    snapshot = age_by(make_desired()[:1], day)[0].snapshots
    assert snapshot is not None
    return str(snapshot[0].as_of)


def read_size(process: int) -> float:
    """Return the megabytes that a process takes."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def _pace(port: int, tell: Any) -> None:
    """Ask at a steady pace; tell how late each answer was, in milliseconds from when it was due."""
    tell.send(None)
    tell.send(asyncio.run(_ask_steadily(port)))


async def _ask_steadily(port: int) -> list[float]:
    late: list[float] = []
    begun = time.perf_counter()

    async def ask(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for turn in count():
            due = begun + (turn * CONNECTIONS + number) / PACE
            if due - begun > BUSY_SECONDS:
                break
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await _ask_once(reader, writer, (STOCK, HOLDINGS)[turn % 2])
            late.append(1e3 * (time.perf_counter() - due))
        writer.close()

    await asyncio.gather(*map(ask, range(CONNECTIONS)))
    return late


async def _hammer(port: int, requests: int) -> None:
    async def ask(_: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for turn in range(requests // CONNECTIONS):
            # Most are answered from memory, those of a group that is not there never.
            path = f"{STOCK}?max_age={50_000 + turn % KINDS}" if turn % 10 == 0 else STOCK
            await _ask_once(reader, writer, "/v1/etfs/SPZZ" if turn % 10 == 5 else path)
        writer.close()

    await asyncio.gather(*map(ask, range(CONNECTIONS)))


async def _ask_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str) -> None:
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0])
    await reader.readexactly(length)
