#!/usr/bin/env python3
"""Sigma rules on a real broker: `spoor run` with all of SigmaHQ's rules over winlogbeat-shaped Windows events, beside
`kcat -C -e -q > /dev/null` of the same topic, turn by turn in one run; and the same without rules.

    benchmarks/run/kafka_rules.py [--rules DIR] [--events 500000] [--rounds 3] [--spoor build/release/spoor]

The events are simulated, those of the lane `unique` of benchmarks/sigma (each command line and hash once), over 1,000 hosts
and six partitions, keyed by host. Without --rules, SPOOR_DATA_DIR has to name the folder of data sets. Epochs, store and
behaviour baselines are on. Rates are taken as kafka_pipeline.py takes them.
"""

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from datetime import datetime, timedelta, timezone
from pathlib import Path

from kafka_pipeline import ROOT, Bench

sys.path.insert(0, os.path.join(ROOT, "benchmarks", "sigma"))
from lanes import made  # noqa: E402

OUTSIDE = ("Channel", "EventID", "Computer", "Provider_Name", "EventRecordID", "UtcTime", "product", "service", "category")


def as_winlogbeat(event, time):
    data = {name: value if isinstance(value, str) else str(value) for name, value in event.items() if name not in OUTSIDE}
    return {
        "@timestamp": time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "host": {"name": event["Computer"]},
        "event": {"code": str(event["EventID"]), "kind": "event", "module": "simulated"},
        "winlog": {"channel": event["Channel"], "event_id": event["EventID"], "computer_name": event["Computer"],
                   "provider_name": event.get("Provider_Name", ""), "record_id": event["EventRecordID"], "event_data": data},
    }


def write_messages(path, num):
    time = datetime(2026, 1, 5, tzinfo=timezone.utc)
    with open(path, "w", encoding="utf-8") as out:
        for event in made("unique", num, 1, 1000, None):
            out.write(event["Computer"] + "|" + json.dumps(as_winlogbeat(event, time), separators=(",", ":")) + "\n")
            time += timedelta(milliseconds=5)


def produce(bench, topic, path):
    with open(path, "rb") as lines:
        done = subprocess.run(["kcat", "-P", "-q", "-b", bench.bootstrap, "-t", topic, "-K", "|", "-z", "lz4"],
                              stdin=lines, stderr=subprocess.PIPE)
    if done.returncode != 0:
        sys.exit(f"kcat: {done.stderr.decode()}")


def find_rules(args, folder):
    """SigmaHQ's `rules/`; None: not at hand."""
    if args.rules:
        return args.rules
    archive = Path(os.environ.get("SPOOR_DATA_DIR", ""), "sigma", "sigmahq-rules.tar.gz")
    if not archive.is_file():
        return None
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    return os.path.join(folder, "rules")


def measure(bench, rules, num):
    ratio, ours, theirs, last = bench.compare("windows", num, f"sigma:\n  rules: [\"{rules}\"]\n")
    print(f"all rules                   {ratio:5.2f} x kcat   (spoor {ours:,.0f}/s, kcat {theirs:,.0f}/s; {last['alerts']} alerts, "
          f"{last['epochs']} epochs, {last['cpu']:.2f} s cpu, {last['memory'] / 2**20:.0f} MiB)", flush=True)
    bare, ours, theirs, last = bench.compare("windows", num)
    print(f"no rules                    {bare:5.2f} x kcat   (spoor {ours:,.0f}/s, kcat {theirs:,.0f}/s; {last['alerts']} alerts, "
          f"{last['cpu']:.2f} s cpu)", flush=True)
    print(f"with rules, of the rate without: {ratio / bare:.2f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", help="SigmaHQ's rules/")
    parser.add_argument("--events", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--spoor", default=os.path.join(ROOT, "build", "release", "spoor"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spoor-bench-") as folder:
        rules = find_rules(args, folder)
        if rules is None:
            print("SKIPPED kafka_rules.py: neither --rules nor SPOOR_DATA_DIR: the public rules are not at hand")
            return
        bench = Bench(args, folder)
        try:
            lines = os.path.join(folder, "messages")
            write_messages(lines, args.events)
            produce(bench, "windows", lines)
            os.remove(lines)
            measure(bench, rules, args.events)
        finally:
            bench.stop()


if __name__ == "__main__":
    main()
