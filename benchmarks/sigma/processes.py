"""Runs a program pinned to a core and says what it cost; and the command lines of the engines compared."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    wall: float  # seconds
    cpu: float  # seconds, user and system, of all its threads
    rss: int  # bytes, the largest

    def better(self, other: Cost | None) -> Cost:
        """The best of two runs, each figure for itself: machines are noisy."""
        if other is None:
            return self
        return Cost(min(self.wall, other.wall), min(self.cpu, other.cpu), min(self.rss, other.rss))


@dataclass(frozen=True)
class Engine:
    """A program that prints a line for each match of a file of events."""

    name: str
    argv: tuple[str, ...]  # with {rules}, {events} and {threads}
    identity: tuple[str, ...] = ()  # what is added so that a match names its event

    def command(self, rules: Path, events: Path, threads: int = 1, identity: bool = False) -> list[str]:
        words = self.argv + (self.identity if identity else ())
        return [word.format(rules=rules, events=events, threads=threads) for word in words]


def rsigma(binary: str, routed: bool = True) -> Engine:
    routing = ("--logsource-routing",) if routed else ()
    argv = (
        binary,
        "engine",
        "eval",
        "--rules",
        "{rules}",
        "--event",
        "@{events}",
        "--input-format",
        "json",
        *routing,
    )
    return Engine("RSigma" if routed else "RSigma unrouted", argv, ("--include-event",))


def spoor(binary: str, form: str, more: list[str]) -> Engine:
    argv = (
        binary,
        "scan",
        "{events}",
        "--rules",
        "{rules}",
        "--format",
        form,
        "--threads",
        "{threads}",
        *more,
    )
    return Engine("Spoor", argv)


@dataclass
class Runner:
    """Where runs happen: the cores, and the folder in memory into which they print."""

    cores: list[int]
    folder: Path
    statuses: frozenset[int] = field(default_factory=lambda: frozenset({0, 1}))  # 1: something was found

    def run(self, argv: list[str], output: Path, threads: int = 1) -> Cost:
        cores = ",".join(str(core) for core in self.cores[:threads])
        with output.open("wb") as out, (self.folder / "stderr").open("wb") as err:
            begin = time.monotonic()
            child = subprocess.Popen(
                ["taskset", "-c", cores, *argv],
                stdout=out,
                stderr=err,
                env=os.environ | {"RAYON_NUM_THREADS": str(threads)},
            )
            _, status, usage = os.wait4(child.pid, 0)
            wall = time.monotonic() - begin
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in self.statuses:
            errors = (self.folder / "stderr").read_text(encoding="utf-8", errors="replace")
            sys.exit(f"{' '.join(argv)}: exit {child.returncode}\n{errors[-2000:]}")
        return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def count_lines(path: Path) -> int:
    with path.open("rb") as lines:
        return sum(1 for _ in lines)


def repeat(source: Path, times: int, target: Path) -> int:
    """Writes a file several times over; how many lines that is."""
    with target.open("wb") as out:
        for _ in range(times):
            with source.open("rb") as lines:
                shutil.copyfileobj(lines, out, 1 << 20)
    return count_lines(source) * times


def head(source: Path, lines: int, target: Path) -> None:
    with source.open("rb") as all_lines, target.open("wb") as out:
        for _, line in zip(range(lines), all_lines):
            out.write(line)
