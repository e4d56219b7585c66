#!/usr/bin/env python3
"""Sigma rules on a real broker: `spoor run` with all of SigmaHQ's rules over winlogbeat-shaped Windows events, beside the same
run without rules and beside `kcat -C -e -q > /dev/null` of the same topic, turn by turn in one run.

    benchmarks/run/kafka_rules.py [--rules DIR] [--events 500000] [--rounds 3] [--spoor build/release/spoor]

The events are simulated, those of the lane `unique` of benchmarks/sigma (each command line and hash once), over 1,000 hosts
and six partitions, keyed by host, 5 ms apart. Without --rules, SPOOR_DATA_DIR has to name the folder of data sets. Epochs,
store and behaviour baselines are on.

Prints ratios of neighbours in time, and their medians; rates of one machine mean little. They are taken as kafka_pipeline.py
takes them, so reading the rules is in them; how long that takes is printed.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

from kafka_pipeline import ROOT, Bench, run

sys.path.insert(0, os.path.join(ROOT, "benchmarks", "sigma"))
from lanes import made  # noqa: E402

TOPIC = "windows"
# What winlogbeat has outside of winlog.event_data, and the tags that only RSigma needs.
OUTSIDE = ("Channel", "EventID", "Computer", "Provider_Name", "EventRecordID", "product", "service", "category")


def as_winlogbeat(event, when):
    data = {name: str(value) for name, value in event.items() if name not in OUTSIDE}
    return {
        "@timestamp": when.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "host": {"name": event["Computer"]},
        "event": {"code": str(event["EventID"]), "kind": "event", "provider": event["Provider_Name"]},
        "winlog": {"channel": event["Channel"], "event_id": event["EventID"], "computer_name": event["Computer"],
                   "provider_name": event["Provider_Name"], "record_id": event["EventRecordID"], "event_data": data},
    }


def write_messages(path, num):
    """Lines of KEY|MESSAGE."""
    when = datetime(2026, 1, 5, tzinfo=timezone.utc)
    with open(path, "w", encoding="utf-8") as out:
        for event in made("unique", num, 1, 1000, None):
            out.write(event["Computer"] + "|" + json.dumps(as_winlogbeat(event, when), separators=(",", ":")) + "\n")
            when += timedelta(milliseconds=5)


def produce(bench, num):
    path = os.path.join(bench.folder, "messages")
    write_messages(path, num)
    bench.produce(TOPIC, 0, 0, 1)  # the broker makes no topic by itself
    with open(path, "rb") as lines:
        run(["kcat", "-P", "-b", bench.bootstrap, "-t", TOPIC, "-K", "|", "-z", "lz4"], stdin=lines)
    os.remove(path)


def find_rules(args, folder):
    """SigmaHQ's `rules/`; None: not at hand."""
    if args.rules:
        if not os.path.isdir(args.rules):
            sys.exit(f"{args.rules} is no folder")
        return os.path.abspath(args.rules)
    data = os.environ.get("SPOOR_DATA_DIR")
    if not data:
        return None
    archive = Path(data, "sigma", "sigmahq-rules.tar.gz")
    if not archive.is_file():
        return None
    with tarfile.open(archive) as tar:
        tar.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    return os.path.join(folder, "rules")


def seconds_to_load(spoor, rules, folder):
    """A scan of nothing, with the rules: what a run spends before its first event."""
    nothing = os.path.join(folder, "nothing.ndjson")
    Path(nothing).touch()
    begin = time.monotonic()
    run([spoor, "scan", nothing, "--no-summary", "--rules", rules])
    return time.monotonic() - begin


def rounds_of(bench, args, rules):
    """Of each round the seconds of kcat, of spoor without rules and of spoor with them; and what the last two said."""
    with_rules = f"sigma:\n  rules: [\"{rules}\"]\n"
    taken = []
    for number in range(1, args.rounds + 1):
        bare = bench.kcat(TOPIC)
        off = bench.spoor(TOPIC, args.events)
        on = bench.spoor(TOPIC, args.events, with_rules)
        print(f"round {number}: kcat {args.events / bare:,.0f}/s; no rules {args.events / off['seconds']:,.0f}/s, "
              f"{bare / off['seconds']:.2f} x kcat; all rules {args.events / on['seconds']:,.0f}/s, "
              f"{bare / on['seconds']:.2f} x kcat", flush=True)
        taken.append((bare, off, on))
    return taken


def about(results, num):
    rate = statistics.median(num / result["seconds"] for result in results)
    last = results[-1]
    return (f"(spoor {rate:,.0f}/s; {last['alerts']} alerts, {last['epochs']} epochs, {last['cpu']:.2f} s cpu, "
            f"{last['memory'] / 2**20:.0f} MiB)")


def report(taken, num):
    kcats, without, with_rules = zip(*taken)

    def median_against(others, results):
        return statistics.median(other / result["seconds"] for other, result in zip(others, results))

    cost = median_against([result["seconds"] for result in without], with_rules)
    print(f"all rules                   {median_against(kcats, with_rules):5.2f} x kcat   {about(with_rules, num)}")
    print(f"no rules                    {median_against(kcats, without):5.2f} x kcat   {about(without, num)}")
    print(f"all rules                   {cost:5.2f} x no rules", flush=True)


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
            print("SKIPPED kafka_rules.py: SigmaHQ's rules are not at hand: give --rules, or SPOOR_DATA_DIR with "
                  "sigma/sigmahq-rules.tar.gz in it", flush=True)
            return
        bench = Bench(args, folder)
        try:
            produce(bench, args.events)
            print(f"reading the rules takes {seconds_to_load(args.spoor, rules, folder):.2f} s of each run with rules", flush=True)
            report(rounds_of(bench, args, rules), args.events)
        finally:
            bench.stop()


if __name__ == "__main__":
    main()
