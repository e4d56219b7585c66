#!/usr/bin/env python3
"""Faults planted in the Sigma room, one at a time: a test has to notice each.

    tests/faults/run.py --check               every fault can be planted (a ctest entry)
    tests/faults/run.py --build DIR           plant all of them; DIR keeps the scratch build
    tests/faults/run.py --build DIR --only base64    those whose name has that in it

The faults are in the .toml files beside this script. `old` stands exactly once in `file` and is
replaced by `new`; `test` is the program that has to fail then. A fault that does not compile, or
that its test does not notice, is a failed one. The sources are copied: the checkout stays as it is.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import time
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
ROOMS = "base;event;config;attack;alert;decode;sigma"
KEYS = {"name", "breaks", "file", "old", "new", "test"}
NOT_COPIED = {"build", "docs", "benchmarks", "corpus", "__pycache__", "e2e"}
TIME_LIMIT = 120  # seconds of a test program, which takes 20 at most: a fault may make it run for ever


def read_faults():
    faults = []
    for table in sorted(HERE.glob("*.toml")):
        faults += tomllib.loads(table.read_text(encoding="utf-8"))["fault"]
    return faults


def what_is_wrong(fault, seen):
    """Why it cannot be planted; empty if it can."""
    if set(fault) != KEYS:
        return f"has the keys {sorted(fault)}"
    if fault["name"] in seen:
        return "is there twice"
    path = ROOT / fault["file"]
    if not path.is_file():
        return f"there is no {fault['file']}"
    if fault["old"] == fault["new"]:
        return "changes nothing"
    times = path.read_text(encoding="utf-8").count(fault["old"])
    return "" if times == 1 else f"its text is {times} times in {fault['file']}: {fault['old']!r}"


def check(faults):
    seen, failed = set(), 0
    for fault in faults:
        wrong = what_is_wrong(fault, seen)
        seen.add(fault.get("name"))
        if wrong:
            print(f"{fault.get('name')}: {wrong}")
            failed += 1
    return failed


def sources(root):
    """What is needed of a checkout to build the Sigma room and its tests."""
    for path in root.rglob("*"):
        parts = path.relative_to(root).parts
        left_out = any(part in NOT_COPIED or part.startswith(".") for part in parts)
        if path.is_file() and not left_out:
            yield path.relative_to(root)


def copy_sources(tree):
    """Only what differs is written, so that only that is built again."""
    wanted = set(sources(ROOT))
    for relative in wanted:
        text, target = (ROOT / relative).read_bytes(), tree / relative
        if not target.is_file() or target.read_bytes() != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / relative, target)
    for relative in set(sources(tree)) - wanted:
        (tree / relative).unlink()


def build(folder, targets, jobs):
    """What the compiler said, if it failed."""
    run = subprocess.run(["cmake", "--build", folder, "-j", str(jobs), "--target", *targets],
                         capture_output=True, text=True, check=False)
    return "" if run.returncode == 0 else run.stdout + run.stderr


def run_test(folder, tree, test):
    """How it failed; empty if it passed."""
    command = [folder / "bin" / test, "--gtest_fail_fast", "--gtest_brief=1"]
    try:
        run = subprocess.run(command, cwd=tree, capture_output=True, timeout=TIME_LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return "ran for ever"
    if run.returncode == 0:
        return ""
    if run.returncode < 0:
        return f"died of signal {-run.returncode}"
    said = run.stdout.decode(errors="replace")
    case = re.search(r"case (\S+)\n", said)
    failed = re.search(r"FAILED\s*\] (\S+)", said)
    name = failed.group(1).rstrip(",") if failed else f"exit {run.returncode}"
    return f"{name}, case {case.group(1)}" if case else name


def plant(fault, tree, folder, jobs):
    """Whether it was caught, and how."""
    path = tree / fault["file"]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(fault["old"], fault["new"]), encoding="utf-8")
    try:
        said = build(folder, [fault["test"]], jobs)
        if said:
            errors = [line for line in said.splitlines() if "error" in line]
            return False, "does not compile: " + (errors + ["?"])[0]
        how = run_test(folder, tree, fault["test"])
        return (True, how) if how else (False, "not noticed")
    finally:
        path.write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only whether all can be planted")
    parser.add_argument("--only", metavar="NAME", help="those that have this in their name")
    parser.add_argument("--jobs", type=int, default=2, help="compilers at a time")
    parser.add_argument("--build", type=pathlib.Path, metavar="DIR", help="of the scratch build")
    options = parser.parse_args()

    faults = read_faults()
    failed = check(faults)
    if options.check or failed:
        print(f"{len(faults) - failed} passed, {failed} failed")
        return 1 if failed else 0
    if options.build is None:
        parser.error("--build is needed")
    faults = [fault for fault in faults if not options.only or options.only in fault["name"]]
    tests = sorted({fault["test"] for fault in faults})

    tree, folder = options.build / "tree", options.build / "build"
    tree.mkdir(parents=True, exist_ok=True)
    tree, folder = tree.resolve(), folder.resolve()
    copy_sources(tree)
    if not (folder / "build.ninja").exists():
        subprocess.run(["cmake", "--preset", "test", "-B", folder, "-DCMAKE_CXX_FLAGS_RELEASE=-O1", f"-DSPOOR_ROOMS={ROOMS}"],
                       cwd=tree, stdout=subprocess.DEVNULL, check=True)
    said = build(folder, tests, options.jobs)
    if said:
        print(said, "\nthe sources do not compile as they are")
        return 1
    for test in tests:
        how = run_test(folder, tree, test)
        if how:
            print(f"{test} fails without any fault: {how}")
            return 1

    caught = 0
    for fault in faults:
        begin = time.monotonic()
        good, how = plant(fault, tree, folder, options.jobs)
        caught += good
        print(f"{'caught' if good else 'MISSED':6} {fault['name']:34} {fault['breaks']:10} "
              f"{time.monotonic() - begin:5.1f} s  {fault['test']}: {how}", flush=True)
    print(f"{caught} passed, {len(faults) - caught} failed")
    return 0 if faults and caught == len(faults) else 1


if __name__ == "__main__":
    sys.exit(main())
