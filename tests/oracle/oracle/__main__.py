"""`python3 -m oracle COMMAND`: see `--help` and tests/oracle/README.md."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .documents import parse_documents
from .events import Event, read_events
from .modifiers import Placeholders
from .match import Matcher
from .rules import RuleSet, load_paths, read_placeholders


def _placeholders(path: str | None) -> Placeholders:
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
    args = parser.parse_args()
    return int(args.run(args))


if __name__ == "__main__":
    sys.exit(main())
