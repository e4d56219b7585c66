"""Rule files: which products they name, and the titles of their rules."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

ID = re.compile(r"^id:\s*['\"]?([\w-]+)", re.MULTILINE)
TITLE = re.compile(r"^title:\s*(.+?)\s*$", re.MULTILINE)
PRODUCT = re.compile(r"^\s+product:\s*['\"]?([\w-]+)", re.MULTILINE)


def split_by_product(folder: Path, product: str) -> tuple[list[Path], list[Path]]:
    """The rules that name a product, and those that name another one. Rules without any belong to neither."""
    mine: list[Path] = []
    others: list[Path] = []
    for path in sorted(folder.rglob("*.yml")):
        named = PRODUCT.search(path.read_text(encoding="utf-8"))
        if named is not None:
            (mine if named[1] == product else others).append(path)
    return mine, others


def copy_rules(files: list[Path], folder: Path) -> None:
    folder.mkdir()
    for number, path in enumerate(files):
        shutil.copyfile(path, folder / f"{number:05d}.yml")


def titles(folder: Path) -> dict[str, str]:
    """Rule id: title, of all rules under a folder."""
    found: dict[str, str] = {}
    for path in folder.rglob("*.yml"):
        text = path.read_text(encoding="utf-8")
        identity, title = ID.search(text), TITLE.search(text)
        if identity is not None and title is not None:
            found[identity[1]] = title[1]
    return found
