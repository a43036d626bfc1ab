"""Front matter, or a JSONL line -> what it says of its article, by the names that its fields may have."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from retrieval.articles.ids import fitted, unfit
from retrieval.settings import MetadataSettings

T = TypeVar("T")

NAMES = MetadataSettings()
_UNTOLD = re.compile(r"[-_\s]+")
"""Signs that make no difference between two names."""
_SWITCHES = frozenset({"true", "false", "yes", "no", "on", "off"})
"""What a field of a date holds where it only says whether there is one."""
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_LANGUAGE = re.compile(r"([a-z]{2})(?:[-_]\w+)*", re.IGNORECASE)
_NOTE = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]+)\]\]")
"""A link to a note of Obsidian, and its words."""
_LABELS = ("name", "label")
"""What names a tag or an author that is a table."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a document says about itself, apart from its text."""

    id: str | None = None
    title: str | None = None
    url: str | None = None
    published: str | None = None
    source: str | None = None
    tags: tuple[str, ...] = ()
    author: str | None = None
    aliases: tuple[str, ...] = ()
    language: str = ""
    """ISO 639-1 code."""


def facts_of(raw: Mapping[str, object], names: MetadataSettings = NAMES) -> tuple[Facts, list[str]]:
    """Take the facts from front matter or a JSONL line; what cannot be used is named ("title is not text")."""
    fields = _Fields(raw)
    facts = Facts(
        id=fields.id(names.id),
        title=fields.take(names.title, line_of),
        url=fields.url(names.url),
        published=fields.take([name for name in names.date if not fields.is_switch(name)], line_of),
        source=fields.source(names.source),
        tags=fields.tags(names.tags),
        author=fields.take(names.author, names_in),
        aliases=tuple(name for name in fields.tags(names.aliases) if "/" not in name),
        language=fields.take(names.language, language_code, "is not the code of a language, such as en") or "",
    )
    return facts, fields.problems


def first_of(raw: Mapping[str, object], names: Sequence[str]) -> object:
    """Return the value of the first of these fields that is there; None where none is."""
    return next((value for _, value in _Fields(raw).present(names)), None)


class _Fields:
    """The fields of one document, and what is wrong with them."""

    def __init__(self, raw: Mapping[str, object]) -> None:
        self._raw = raw
        self._names = _by_folded(raw)
        self.problems: list[str] = []

    def present(self, names: Sequence[str]) -> Iterator[tuple[str, object]]:
        """Yield the fields that hold anything, in the order of the names."""
        for name in names:
            value = _value(self._raw, self._names, name)
            if value is not None and value != "":
                yield name, value

    def is_switch(self, name: str) -> bool:
        """Return whether a field is on or off, and says nothing else."""
        value = _value(self._raw, self._names, name)
        return isinstance(value, bool) or (isinstance(value, str) and value.strip().lower() in _SWITCHES)

    def take(self, names: Sequence[str], read: Callable[[object], T | None], problem: str = "is not text") -> T | None:
        """Return what the first usable field holds; where none is usable, the first is named."""
        present = list(self.present(names))
        for _, value in present:
            if (known := read(value)) is not None:
                return known
        if present:
            self.problems.append(f"{present[0][0]} {problem}")
        return None

    def id(self, names: Sequence[str]) -> str | None:
        """Return the id, as a permalink can hold it."""
        name, value = next(
            ((name, value) for name in names if (value := _value(self._raw, self._names, name)) is not None), ("", None)
        )
        own = value if isinstance(value, str) else line_of(value)
        if value is None:
            return None
        if own is None or not own.strip():
            self.problems.append(f"{name.lstrip('_')} is not text")
            return None
        if reason := unfit(own):
            self.problems.append(f"{name.lstrip('_')} {reason}")
        return fitted(own)

    def url(self, names: Sequence[str]) -> str | None:
        """Return the first web address; without one, what the first field holds."""
        for _, value in self.present(names):
            if (line := line_of(value)) and _ADDRESS.fullmatch(line):
                return line
        return self.take(names[:1], line_of)

    def source(self, names: Sequence[str]) -> str | None:
        """Return who published it: text, or a publisher and a headline."""
        first = next((value for _, value in self.present(names)), None)
        problem = "names no publisher or headline" if isinstance(first, Mapping) else "is not text"
        return self.take(names, _source, problem)

    def tags(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the tags of the first field that has any, as far as they can be used."""
        for name, value in self.present(names):
            tags, is_whole = tags_in(value)
            if not is_whole:
                verb = "are" if name.endswith("s") else "is"
                self.problems.append(f"{name} {verb} not a list of texts")
            return tags
        return ()


def _value(raw: Mapping[str, object], names: Mapping[str, str], name: str) -> object:
    """Return the value of a field, by its name as it is written, or else by one that differs in case or signs.

    `names` are those of the document by their folded ones.
    """
    if not raw:
        return None
    if name in raw:
        return raw[name]
    if (own := names.get(_folded(name))) is not None:
        return raw[own]
    table, dot, rest = name.partition(".")
    inner = _value(raw, names, table) if dot else None
    return _value(inner, _by_folded(inner), rest) if isinstance(inner, Mapping) else None


def _by_folded(raw: Mapping[str, object]) -> dict[str, str]:
    """Return the names of fields by their folded ones; of two that are folded alike, the first."""
    return {_folded(name): name for name in reversed(list(raw)) if isinstance(name, str)}


@lru_cache(maxsize=1024)  # most documents of a corpus have the same
def _folded(name: str) -> str:
    return _UNTOLD.sub("", name).casefold()


def _source(value: object) -> str | None:
    if not isinstance(value, Mapping):
        return line_of(value)
    publisher, headline = line_of(value.get("publisher")), line_of(value.get("headline"))
    quoted = f"“{headline}”" if headline else None
    return ", ".join(part for part in (publisher, quoted) if part) or None


def names_in(value: object) -> str | None:
    """Return the names of one author, or of several."""
    names = [_label(each) for each in (value if isinstance(value, list) else [value])]
    return ", ".join(_NOTE.sub(r"\1", name) for name in names if name) or None


def _label(value: object) -> str | None:
    """Return a text, or what names a table."""
    if isinstance(value, Mapping):
        return next((line for key in _LABELS if (line := line_of(value.get(key)))), None)
    return line_of(value)


def language_code(value: object) -> str | None:
    """Return the ISO 639-1 code of a code such as de-AT."""
    code = _LANGUAGE.fullmatch(line_of(value) or "")
    return code[1].lower() if code else None


def tags_in(value: object) -> tuple[tuple[str, ...], bool]:
    """Return the tags of a list, or of a text that separates them by commas, and whether all of it could be used."""
    listed = value.split(",") if isinstance(value, str) else value
    if not isinstance(listed, list):
        return (), False
    labels = [_label(tag) for tag in listed]
    # An empty tag is a comma too much.
    is_whole = all(label or tag is None or not str(tag).strip() for label, tag in zip(labels, listed, strict=True))
    return tuple(dict.fromkeys(label.removeprefix("#") for label in labels if label)), is_whole


def line_of(value: object) -> str | None:
    """Make one line of text of a value of YAML, TOML or JSON; None where it is no text, number or date."""
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    try:
        line = " ".join(str(value).split())
        line.encode()
    except ValueError:  # a lone surrogate, or a number with too many digits to print
        return None
    return line or None
