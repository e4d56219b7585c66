"""`python3 -m oracle COMMAND`: see `--help` and tests/oracle/README.md."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

from . import check, regression, third_opinion, variants, vectors
from .compare import compare
from .correlate import correlate
from .derive import derive
from .documents import RuleError, parse_documents
from .events import Event, read_events
from .match import Matcher
from .rules import PlaceholderValues, RuleSet, load_paths, read_placeholders


def _placeholders(path: str | None) -> PlaceholderValues:
    if not path:
        return {}
    return read_placeholders(next(parse_documents(Path(path).read_text(encoding="utf-8")), None))


def _load(args: argparse.Namespace) -> RuleSet:
    rules = load_paths([Path(p) for p in args.rules], _placeholders(args.placeholders))
    for error in rules.errors:
        print(f"error: {error}", file=sys.stderr)
    return rules


def _events(files: list[str]) -> list[Event]:
    return [event for file in files for event in read_events(Path(file))]


def _match(args: argparse.Namespace) -> int:
    matcher = Matcher(_load(args).rules, args.routing)
    for event in _events(args.events):
        for rule in matcher.matching(event):
            print(json.dumps({"rule_id": rule.id, "event": event.ref}))
    return 0


def _derive(args: argparse.Namespace) -> int:
    rules = _load(args).rules
    summary = derive(rules, args.seed, Path(args.out), args.seconds, args.pairs)
    print(json.dumps(summary))
    return 0 if summary["hits"] >= 0.2 and summary["near_misses"] >= 0.3 else 1


def _compare(args: argparse.Namespace) -> int:
    expected = Path(args.expected) if args.expected else None
    engine = Path(args.engine_matches)
    rules = _load(args).rules
    number, lines = compare(rules, Path(args.events), engine, args.routing, expected, args.most)
    print("\n".join(lines), end="")
    print(f"{number} pairs differ")
    return 1 if number else 0


def _vectors(args: argparse.Namespace) -> int:
    report = vectors.run([Path(p) for p in args.paths])
    print("\n".join(report.problems))
    print(f"{report.cases} cases, {report.checks} checks, {len(report.problems)} problems")
    return 1 if report.problems or not report.cases else 0


def _correlate(args: argparse.Namespace) -> int:
    for firing in correlate(_load(args), _events(args.events)):
        print(json.dumps({"rule_id": firing.correlation.id, "event": firing.newest.event.ref}))
    return 0


def _pysigma(args: argparse.Namespace) -> int:
    if not third_opinion.available():
        print(
            "SKIPPED: pysigma-backend-sqlite is not installed (requirements.txt)", file=sys.stderr
        )
        return 77
    report = third_opinion.run(_load(args).rules, _events(args.events), args.routing)
    print(f"{report.rules} rules, {report.pairs} pairs compared, {report.matches} match")
    print(f"{report.not_expressible} pairs left out: a field with several values has no column")
    for reason, number in report.not_converted.most_common():
        print(f"not converted: {number} rules: {reason}")
    for reasons, number in report.explained.most_common():
        print(f"explained: {number} pairs: " + "; ".join(variants.REASONS[r] for r in reasons))
    print("\n".join(report.unexplained[: args.most]))
    print(f"{len(report.unexplained)} pairs not explained")
    return 1 if report.unexplained else 0


def _check_lanes(data: Path, unpacked: Path, work: Path, limits: check.Limits) -> list[check.Lane]:
    """Of the limits three parts are for the public rules, two for invented ones; without data these
    are all there is."""
    if not (data / "sigma").is_dir():
        print("SKIPPED: public rules; neither --data nor SPOOR_DATA_DIR names them")
        return check.invented_lanes(work / "invented", limits)
    regression.unpack(data, unpacked)
    folders = [unpacked / name for name in check.RULE_FOLDERS]
    values = _placeholders(str(Path(__file__).parent.parent / "placeholders.yml"))
    found = load_paths(folders, values)
    if found.errors:
        raise RuleError("\n".join(found.errors))
    work.mkdir(parents=True, exist_ok=True)
    files = sorted((unpacked / "regression_data").rglob("*.json"))
    lanes = check.regression_lanes(found.rules, folders, values, work, files)
    public = work / "public"
    lanes += check.derived_lanes(found.rules, folders, values, public, limits.part(0.5))
    return lanes + check.invented_lanes(work / "invented", limits.part(0.3))


def _check(args: argparse.Namespace) -> int:
    data = Path(args.data or os.environ.get("SPOOR_DATA_DIR", "(none)"))
    limits = check.Limits(args.seed, args.seconds, args.pairs)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(args.work or folder + "/work")
        lanes = _check_lanes(data, Path(folder), work, limits)
        programs = Path(args.engine).resolve()
        differing = sum(lane.compare(programs / "engine_pairs") for lane in lanes)
        sequences = limits.part(0.2)
        differing += check.check_sequences(programs / "engine_firings", work / "seq", sequences)
    print(f"{differing} pairs and sequences differ")
    return 1 if differing else 0


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rules", nargs="+", required=True, help="files or directories")
    parser.add_argument("--placeholders", help="a YAML map of names to values")
    parser.add_argument("--routing", action=argparse.BooleanOptionalAction, default=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="oracle", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    match = commands.add_parser("match", help="pairs of rules and events, as NDJSON")
    _common(match)
    match.add_argument("--events", nargs="+", required=True)
    match.set_defaults(run=_match)
    making = commands.add_parser("derive", help="events made from the rules, and what matches them")
    _common(making)
    making.add_argument("--seed", type=int, default=1)
    making.add_argument("--seconds", type=float, default=0)
    making.add_argument("--pairs", type=int, default=0)
    making.add_argument("--out", required=True, help="a directory for events and expected pairs")
    making.set_defaults(run=_derive)
    check = commands.add_parser("compare", help="the engine's pairs against the oracle's")
    _common(check)
    check.add_argument("--events", required=True, help="one file")
    check.add_argument("--engine-matches", required=True)
    check.add_argument("--expected", help="the pairs that derive wrote, instead of own evaluation")
    check.add_argument("--most", type=int, default=20, help="how many differences to print")
    check.set_defaults(run=_compare)
    golden = commands.add_parser("vectors", help="the golden cases")
    golden.add_argument("paths", nargs="+")
    golden.set_defaults(run=_vectors)
    over = commands.add_parser("correlate", help="firings of correlations, as NDJSON")
    _common(over)
    over.add_argument("--events", nargs="+", required=True)
    over.set_defaults(run=_correlate)
    third = commands.add_parser("pysigma", help="pySigma's SQL on SQLite against the oracle")
    _common(third)
    third.add_argument("--events", nargs="+", required=True)
    third.add_argument("--most", type=int, default=40)
    third.set_defaults(run=_pysigma)
    both = commands.add_parser("check", help="the engine against the oracle")
    both.add_argument("--engine", required=True, help="where engine_pairs and engine_firings are")
    both.add_argument("--data", help="instead of SPOOR_DATA_DIR")
    both.add_argument("--seed", type=int, default=1)
    both.add_argument("--seconds", type=float, default=0)
    both.add_argument("--pairs", type=int, default=0)
    both.add_argument("--work", help="keeps events and pairs in this directory")
    both.set_defaults(run=_check)
    args = parser.parse_args()
    return int(args.run(args))


if __name__ == "__main__":
    sys.exit(main())
