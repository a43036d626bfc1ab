"""The sentences about a setting that is refused. None repeats what may be a secret."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import asdict
from itertools import takewhile
from typing import NamedTuple

from retrieval.errors import SettingInvalid
from retrieval.milvus.access import TOKEN as MILVUS_TOKEN
from retrieval.redaction import hide_tokens, holds_token
from retrieval.settings import MetadataSettings

TOKEN = "QUOTH_DISCORD_TOKEN"
"""The variable that holds the bot's token."""
SERVE_TOKEN = "QUOTH_SERVE_TOKEN"
"""The variable that holds the token of `quoth serve`."""
TOKENS = {"discord": TOKEN, "serve": SERVE_TOKEN, "milvus": MILVUS_TOKEN}
"""The variable of each section that has a token, which people may put there."""
SECRET = re.compile("tok|secret|passw", re.IGNORECASE)
"""Names of settings by which people mean the bot's token."""
VARIABLE = re.compile("[A-Z0-9_]{1,40}")
"""What follows QUOTH_ in a variable that was misspelt; a token is longer, and has letters of both cases."""
_METADATA = "metadata"
LIKE = 0.6
"""The least likeness of a name that is suggested for another, from 0 to 1."""
MOST_SUGGESTED = 2
LONGEST_REPEATED = 20  # characters of a bad value, or of a part of an unknown name, that are repeated


class Origin(NamedTuple):
    """Where a value comes from."""

    name: str
    """What the setting is called there: its key, variable or flag."""
    place: str
    """Where that is, with its preposition: "in" a file or "in the environment", "on the command line"."""


def bad_value(key: str, value: object, remedy: str, origin: Origin) -> SettingInvalid:
    """Return the error of a known setting with a bad value.

    The value is repeated only if it cannot be a secret, whole, in parts or broken up: if it is a number, or, except
    in a section that has a token, text that is shorter than a token's secret part.
    """
    is_short = isinstance(value, str) and len(value) <= LONGEST_REPEATED and key.partition(".")[0] not in TOKENS
    is_harmless = is_short or isinstance(value, int | float)
    return SettingInvalid(origin.name, remedy, origin.place, value if is_harmless else None)


def refuse_token(value: object, origin: Origin) -> None:
    """Raise SettingInvalid for a value that holds a token, which would be printed wherever the setting is."""
    try:
        text = str(value)
    except (ValueError, RecursionError):  # a number of thousands of digits, or lists in lists
        return
    if holds_token(text):
        raise SettingInvalid(
            origin.name, f"it holds what looks like a Discord token, and {_place('discord')}", origin.place
        )


def unknown_section(name: str, sections: Collection[str], place: str) -> SettingInvalid:
    """Return the error of a section that does not exist."""
    names = ", ".join(f"[{section}]" for section in sections)
    return SettingInvalid(f"[{_shortened(name)}]", f"there is no such section; the sections are {names}", place)


def unknown_setting(key: str, known: Collection[str], place: str) -> SettingInvalid:
    """Return the error of a key that does not exist. Its value may be a secret in the wrong place: it is left out."""
    # The right name in the wrong section, or in none, is closer than any that is spelt alike.
    section, _, bare = key.rpartition(".")
    namesakes = [name for name in known if name.rpartition(".")[2] == bare]
    if section == _METADATA:  # so is the setting that names a field in front matter which is called so
        namesakes += [f"{_METADATA}.{field}" for field, names in asdict(MetadataSettings()).items() if bare in names]
    return SettingInvalid(_shortened(key), _hint(key, namesakes or _closest(key, known), "setting"), place)


def unknown_variable(name: str, known: Collection[str], place: str) -> SettingInvalid:
    """Return the error of a variable that does not exist; its value is left out too."""
    # As for keys: the name without QUOTH_, or without that and the section.
    bare = name.partition("_")[2]
    namesakes = [other for other in known if other.split("_", 2)[2:] in ([bare], [bare.partition("_")[2]])]
    return SettingInvalid(_shortened_variable(name), _hint(name, namesakes or _closest(name, known), "variable"), place)


def _shortened(key: str) -> str:
    """Return the key without its parts that are longer than any name: a token's dots cut it into parts like a key's."""
    parts = hide_tokens(key).split(".")
    return ".".join(part if len(part) <= LONGEST_REPEATED else f"{part[:4]}…" for part in parts)


def _shortened_variable(name: str) -> str:
    """Return the name whole if it cannot hold a token, whatever stands between the token's parts."""
    prefix, _, rest = name.partition("_")
    if len(rest) <= LONGEST_REPEATED or VARIABLE.fullmatch(rest):
        return name
    return f"{prefix}_{rest[:4]}…"


def _hint(name: str, near: Sequence[str], what: str) -> str:
    guess = f" (did you mean {' or '.join(near[:MOST_SUGGESTED])}?)" if near else ""
    if SECRET.search(name):
        parts = re.split("[._]", name.lower())
        section = next((section for section in TOKENS if section in parts), "discord")
        return f"no {what} has this name{guess}, and {_place(section)}"
    return f"no {what} has this name" + (guess or "; `quoth help settings` says which there are")


def _place(section: str) -> str:
    """Return where a section's token belongs."""
    return f"a token belongs in the variable {TOKENS[section]}, or in a file that token_file below [{section}] names"


def _closest(name: str, known: Collection[str]) -> list[str]:
    """Return the name that is spelt most alike, if it is alike enough to be meant."""
    closest = max(known, key=lambda other: _likeness(name, other), default="")
    return [closest] if _likeness(name, closest) >= LIKE else []


def _likeness(name: str, other: str) -> float:
    """Return how alike two names are, from 0 to 1, without the section that both begin with."""
    from difflib import SequenceMatcher

    alike = takewhile(lambda pair: pair[0] == pair[1], zip(name, other, strict=False))
    start = max((place for place, (letter, _) in enumerate(alike, 1) if letter in "._"), default=0)
    return SequenceMatcher(None, name[start:], other[start:]).ratio()
