"""Settings of earlier versions: what became of each, and a settings file that has some, brought to this version."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

REMOVED: Mapping[str, str] = {
    "answer.alike": "this setting no longer exists, as only lines with the same words are merged now",
    "answer.join_gain": "this setting no longer exists, as `word_cost` decides what is quoted together",
    "answer.spread": "this setting no longer exists, as `least` says which further quotes are left out",
    "answer.confidence": "this setting no longer exists, as `quoth calibrate` fits the confidence",
}
"""Settings that are gone, and why."""
RENAMED: Mapping[str, str] = {}
"""Settings that have another name in the same section now, by their former keys."""
_HEADER = re.compile(r"\s*\[\s*([\w-]+)\s*\]\s*(?:#.*)?$")


@dataclass(frozen=True, slots=True)
class Amendment:
    """A settings file brought to this version."""

    text: str
    changes: tuple[str, ...] = ()
    """What was changed, as sentences without their full stop."""
    by_hand: tuple[str, ...] = ()
    """The keys that could not be changed without touching anything else."""


def what_became(key: str, *, in_file: bool = True) -> str | None:
    """Return what to do about a setting of an earlier version; None for any other.

    Only `in_file` can `quoth migrate` do it.
    """
    if key in RENAMED:
        what, by_hand = f"this setting is called {RENAMED[key]} now", "rename it"
    elif key in REMOVED:
        what, by_hand = REMOVED[key], "remove it"
    else:
        return None
    return f"{what}: run `quoth migrate`" if in_file else f"{what}: {by_hand}"


def amended(text: str) -> Amendment:
    """Return a settings file without settings of earlier versions; what is gone is made a comment.

    Everything else stays to the letter. Raises ValueError where it is not TOML.
    """
    changes, by_hand = list[str](), list[str]()
    for section, name in list(_former(tomllib.loads(text))):
        key = f"{section}.{name}"
        now = RENAMED.get(key)
        has_both = now is not None and now.partition(".")[2] in tomllib.loads(text)[section]
        new_name = None if now is None or has_both else now.partition(".")[2]
        changed = _changed(text, section, name, new_name)
        if changed is None:
            by_hand.append(key)
            continue
        text = changed
        changes.append(f"{key} no longer exists, and becomes a comment" if new_name is None else f"{key} becomes {now}")
    return Amendment(text, tuple(changes), tuple(by_hand))


def _former(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for section, values in content.items():
        if isinstance(values, dict):
            yield from ((section, name) for name in values if f"{section}.{name}" in {*REMOVED, *RENAMED})


def _changed(text: str, section: str, name: str, new_name: str | None) -> str | None:
    """Return the text with one assignment renamed, or made a comment where there is no new name; None if that fails.

    Whatever the text looks like, it then means what it meant but for this setting.
    """
    meant = deepcopy(tomllib.loads(text))
    value = meant[section].pop(name)
    if new_name is not None:
        meant[section][new_name] = value
    meant = _without_empty(meant)
    lines = text.splitlines(keepends=True)
    for first in _assignments(lines, section, name):
        for end in range(first + 1, len(lines) + 1):
            statement = lines[first:end]
            if new_name is None:
                statement = [f"# {line}" for line in statement]
            else:
                statement[0] = statement[0].replace(name, new_name, 1)
            candidate = "".join([*lines[:first], *statement, *lines[end:]])
            if _means(candidate) == meant:
                return candidate
            if new_name is not None:
                break
    return None


def _assignments(lines: list[str], section: str, name: str) -> Iterator[int]:
    """Yield the lines that look as if they set a setting."""
    within = ""
    for number, line in enumerate(lines):
        if header := _HEADER.match(line.rstrip("\r\n")):
            within = header[1]
        prefix = "" if within == section else rf"{re.escape(section)}\s*\.\s*"
        if re.match(rf"\s*{prefix}[\"']?{re.escape(name)}[\"']?\s*=", line):
            yield number


def _means(text: str) -> dict[str, Any] | None:
    try:
        return _without_empty(tomllib.loads(text))
    except ValueError:
        return None


def _without_empty(sections: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what sets nothing: a section may be gone with the only setting in it."""
    return {name: values for name, values in sections.items() if values != {}}
