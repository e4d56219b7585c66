"""Processing pipelines, in pySigma's own YAML."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .rules import Rule


class Pipeline:
    pass


def run_pipelines(pipelines: list[Pipeline], rule: "Rule") -> None:
    pass
