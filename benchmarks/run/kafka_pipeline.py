#!/usr/bin/env python3
"""The whole pipeline against a bare consumer: `spoor run` over a topic of feature messages on a real broker, both detectors,
epochs and the store on, beside `kcat -C -e -q > /dev/null` of the same topic, turn by turn in one run.

Many hosts are compared over three times as many messages too: topics of 6 M beside those of 2 M.

    benchmarks/run/kafka_pipeline.py [--messages 2000000] [--rounds 3] [--spoor build/release/spoor]

Event times run on by 1 ms a message, as on a busy stream: 2 M messages span 33 minutes, four windows a host.

Prints ratios; rates of one machine mean little. A rate of spoor is messages over the time from the start of the process to
the commit of the last epoch that had events (the idle rest at the end is not work); a rate of kcat is over its whole run.
"""

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def run(argv, **more):
    done = subprocess.run(argv, capture_output=True, text=True, **more)
    if done.returncode != 0:
        sys.exit(f"{' '.join(argv)}: exit {done.returncode}\n{done.stderr[-2000:]}")
    return done


class Bench:
    def __init__(self, args, folder):
        self.args = args
        self.folder = folder
        self.kafka = os.path.join(folder, "kafka")
        tool = os.path.join(ROOT, "tools", "kafka")
        run([tool, "start", "--dir", self.kafka, "--set", "num.partitions=6"])
        self.bootstrap = open(os.path.join(self.kafka, "bootstrap")).read().strip()
        self.num_runs = 0

    def stop(self):
        subprocess.run([os.path.join(ROOT, "tools", "kafka"), "stop", "--dir", self.kafka], check=False)

    def produce(self, topic, messages, anomaly_every, hosts):
        run([self.args.spoor, "produce", "--num", str(messages), "--anomaly-every", str(anomaly_every), "--hosts", str(hosts),
             "--topic", topic, "--partitions", "6", "--bootstrap", self.bootstrap, "--seed", "1", "--compression", "lz4", "--step", "1ms"])

    def kcat(self, topic):
        begin = time.monotonic()
        with open(os.devnull, "wb") as null:
            done = subprocess.run(["kcat", "-C", "-e", "-q", "-b", self.bootstrap, "-t", topic, "-o", "beginning"],
                                  stdout=null, stderr=subprocess.PIPE)
        if done.returncode != 0:
            sys.exit(f"kcat: {done.stderr.decode()}")
        return time.monotonic() - begin

    def spoor(self, topic, messages, more=""):
        """Seconds, largest resident set in bytes, and the store's own account. `more`: further lines of the configuration."""
        self.num_runs += 1
        data = os.path.join(self.folder, f"data{self.num_runs}")
        config = os.path.join(self.folder, "config.yaml")
        with open(config, "w") as out:
            out.write(f"kafka:\n  bootstrap_servers: \"{self.bootstrap}\"\n  topic: {topic}\n"
                      f"  group_id: bench{self.num_runs}\n  auto_offset_reset: earliest\n{more}")
        process = subprocess.Popen([self.args.spoor, "run", "--config", config, "--data", data, "--until-idle", "1s"],
                                   stderr=subprocess.PIPE, text=True)
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        found = re.search(r"stopped cleanly after epoch (\d+): (\d+) events and (\d+) new alerts in this run, stored ([\d.]+) s", said)
        if process.returncode != 0 or not found or int(found[2]) != messages:
            sys.exit(f"spoor run did not read {messages} messages:\n{said}")
        state = json.loads(run([self.args.spoor, "status", "--json", "--data", data]).stdout)
        shutil.rmtree(data)
        return {"seconds": float(found[4]), "memory": usage.ru_maxrss * 1024, "alerts": int(found[3]), "epochs": int(found[1]),
                "cpu": usage.ru_utime + usage.ru_stime, "status": state}

    def compare(self, topic, messages, more=""):
        """The median of the rounds' ratios, each of two neighbours in time."""
        ratios, ours, theirs, last = [], [], [], None
        for _ in range(self.args.rounds):
            k = self.kcat(topic)
            last = self.spoor(topic, messages, more)
            ratios.append(k / last["seconds"])
            ours.append(messages / last["seconds"])
            theirs.append(messages / k)
        return statistics.median(ratios), statistics.median(ours), statistics.median(theirs), last

    def many_hosts(self, few_topic, many_topic, messages):
        """100,000 hosts against 1,000, turn by turn."""
        few, many = [], []
        for _ in range(self.args.rounds):
            few.append(self.spoor(few_topic, messages))
            many.append(self.spoor(many_topic, messages))
        ratios = [m["seconds"] / f["seconds"] for f, m in zip(few, many)]
        per_host = (statistics.median(m["memory"] for m in many) - statistics.median(f["memory"] for f in few)) / 99_000
        print(f"1,000 to 100,000 hosts      {statistics.median(ratios):5.2f} x slower ({min(ratios):.2f} to {max(ratios):.2f}; "
              f"{messages:,} messages), {per_host:,.0f} bytes of memory a host", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=2_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--spoor", default=os.path.join(ROOT, "build", "release", "spoor"))
    args = parser.parse_args()
    n = args.messages
    with tempfile.TemporaryDirectory(prefix="spoor-bench-") as folder:
        bench = Bench(args, folder)
        try:
            bench.produce("quiet", n, 1000, 1000)
            ratio, ours, theirs, quiet = bench.compare("quiet", n)
            print(f"one in 1,000 anomalous      {ratio:5.2f} x kcat   (spoor {ours:,.0f}/s, kcat {theirs:,.0f}/s; "
                  f"{quiet['alerts']} alerts, {quiet['epochs']} epochs, {quiet['cpu']:.2f} s cpu)", flush=True)
            bench.produce("storm", n, 3, 1000)
            ratio, ours, theirs, storm = bench.compare("storm", n)
            print(f"every third anomalous       {ratio:5.2f} x kcat   (spoor {ours:,.0f}/s, {storm['alerts'] / storm['seconds']:,.0f} "
                  f"alerts stored/s)", flush=True)
            bench.produce("half", n // 2, 1000, 1000)
            half = bench.spoor("half", n // 2)
            print(f"memory, {n // 2:,} to {n:,} messages: {half['memory'] / 2**20:.0f} to {quiet['memory'] / 2**20:.0f} MiB "
                  f"({quiet['memory'] / half['memory']:.2f} x)", flush=True)
            bench.produce("hosts", n, 1000, 100_000)
            bench.many_hosts("quiet", "hosts", n)
            # The same for longer: the last commit, of all hosts at once, weighs less.
            bench.produce("quiet_long", 3 * n, 1000, 1000)
            bench.produce("hosts_long", 3 * n, 1000, 100_000)
            bench.many_hosts("quiet_long", "hosts_long", 3 * n)
        finally:
            bench.stop()


if __name__ == "__main__":
    main()
