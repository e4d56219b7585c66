#!/usr/bin/env python3
"""Event files for the Sigma benchmark. From a seed, the same bytes on any machine; from recordings, the recordings' events.

  lanes.py --lane structured|unique|hot|raw --events N [--seed S] [--hosts H] [--rules DIR] -o FILE
  lanes.py --lane recording --from FILE... -o FILE     (JSON lines, .zst too)

structured  Windows events as Sysmon and the Security log write them, flat JSON of some 700 bytes
unique      the same, with every command line and hash used once
hot         events made from the rules' own detections (needs --rules and PyYAML): some 1.5 matches an event
raw         few fields and a message of 0.9 to 2.4 kB
recording   recorded events as they are

What is made is simulated, and says so in `Computer` (SIM-...). Two things are put into every event, of recordings too:
`EventRecordID`, the number of the line, by which matches are told apart; and `product`, `service`, `category`, where RSigma's
routed mode looks for the log source (it derives none from channel and event id).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from windows_events import Event, Maker, tags_of

LANES = ("structured", "unique", "hot", "raw", "recording")


def made(lane: str, events: int, seed: int, hosts: int, rules: Path | None) -> Iterator[Event]:
    if lane == "hot":
        from rule_samples import HotMaker  # needs PyYAML, which the other lanes do not

        assert rules is not None
        hot = HotMaker(rules, seed)
        for _ in range(events):
            yield hot.event()
        return
    maker = Maker(seed, unique=lane == "unique", hosts=hosts)
    for _ in range(events):
        yield maker.raw() if lane == "raw" else maker.structured()


def lines_of(path: Path) -> Iterator[str]:
    """The lines of a file, unpacked if its name ends in .zst."""
    if path.suffix != ".zst":
        with path.open(encoding="utf-8") as plain:
            yield from plain
        return
    with subprocess.Popen(["zstd", "-dc", "--long=27", str(path)], stdout=subprocess.PIPE, text=True, encoding="utf-8") as unpack:
        assert unpack.stdout is not None
        yield from unpack.stdout
    if unpack.returncode != 0:
        sys.exit(f"{path}: zstd failed")


def recorded(files: list[Path]) -> Iterator[Event]:
    for path in files:
        for line in lines_of(path):
            if line.strip():
                event: Event = json.loads(line)
                yield event | tags_of(event)


def write(events: Iterator[Event], output: Path) -> int:
    number = 0
    with output.open("w", encoding="utf-8") as out:
        for number, event in enumerate(events, start=1):
            event["EventRecordID"] = number
            out.write(json.dumps(event, ensure_ascii=False, separators=(",", ":")) + "\n")
    return number


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lane", choices=LANES, required=True)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--hosts", type=int, default=50, help="how many hosts send (structured, unique, raw)")
    parser.add_argument("--rules", type=Path, help="SigmaHQ's rules, for --lane hot")
    parser.add_argument(
        "--from",
        dest="files",
        type=Path,
        nargs="+",
        default=[],
        help="recordings, for --lane recording",
    )
    parser.add_argument("-o", "--output", type=Path, required=True)
    args = parser.parse_args()
    if args.lane == "hot" and args.rules is None:
        parser.error("--lane hot needs --rules")
    if args.lane == "recording" and not args.files:
        parser.error("--lane recording needs --from")
    events = recorded(args.files) if args.lane == "recording" else made(args.lane, args.events, args.seed, args.hosts, args.rules)
    print(f"{args.output}: {write(events, args.output)} events, {args.output.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
