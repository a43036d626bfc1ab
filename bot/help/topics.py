"""The topics of `quoth help`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, as its file has it."""

    name: str
    title: str
    """Its first line, which says in a few words what it is about."""
    text: str
    """Markdown, title included."""


def names() -> list[str]:
    """Return the names of all topics, in alphabetical order."""
    return sorted(file.stem for file in FOLDER.glob("*.md"))


def topic(name: str) -> Topic:
    """Return the topic of this name, which must be one of `names`."""
    text = (FOLDER / f"{name}.md").read_text("utf-8")
    return Topic(name, text.partition("\n")[0].removeprefix("# "), text)
