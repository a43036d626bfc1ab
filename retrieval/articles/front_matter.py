"""A text's front matter: what it says of the text in YAML or TOML, and how its scalars are written."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yaml import Node

_OPENING = re.compile(r"\ufeff?(?P<fence>---|\+\+\+)[ \t]*\r?\n")
_CLOSING = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*\r?(?:\n|\Z)", re.MULTILINE),
    "+++": re.compile(r"^\+\+\+[ \t]*\r?(?:\n|\Z)", re.MULTILINE),
}
_FIRST_KEY = {"---": re.compile(r"\s*[\w-]+[ \t]*:(?:\s|\Z)"), "+++": re.compile(r"\s*(?:\[+[\w.-]+\]|[\w-]+[ \t]*=)")}
_LANGUAGE = {"---": "YAML", "+++": "TOML"}
_LINE_OF_LANGUAGE = re.compile(r"""\s|\Z|[-#?}\]\[]|[\w"'.-]+[ \t]*[:=]""")
_MOST_PROSE = 0.1
_LONGEST = 65_536
_LONGEST_PROBLEM = 200
_NULL = "tag:yaml.org,2002:null"
_IMPLICIT = frozenset({_NULL, "tag:yaml.org,2002:merge"})


@dataclass(frozen=True, slots=True)
class Front:
    """What front matter holds."""

    fields: dict[str, object]
    end: int
    """Offset where the text begins behind it."""
    complaint: str | None = None
    """What is wrong with it."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """The value of a key."""

    value: str
    is_block: bool
    """Whether it stands in lines of its own, in which quotation marks and escapes are text."""

    def is_written(self, text: str) -> bool:
        """Return whether a text is the value itself, without escapes or marks; of a block, its beginning."""
        value, written = " ".join(self.value.split()), " ".join(text.split())
        return value == written or (self.is_block and value.startswith(f"{written} "))


def _fenced(text: str) -> tuple[re.Match[str] | None, re.Match[str] | None, str]:
    """Return the lines that open and close a text's front matter, where it has them, and what stands between."""
    opened = _OPENING.match(text)
    closed = _CLOSING[opened["fence"]].search(text, opened.end()) if opened else None
    return opened, closed, text[opened.end() : closed.start()] if opened and closed else ""


def read_front(text: str) -> Front:
    """Read the front matter that a text begins with: YAML between lines of ---, or TOML between lines of +++."""
    begin = len("\ufeff") if text.startswith("\ufeff") else 0
    opened, closed, inside = _fenced(text)
    if not opened:
        return Front({}, begin)
    fence = opened["fence"]
    has_keys = bool(_FIRST_KEY[fence].match(text, opened.end()))
    is_long = len(inside) > _LONGEST
    if closed and is_long and has_keys and _has_little_prose(inside):
        return Front({}, closed.end(), f"has front matter of more than {_LONGEST:,} characters, which is not read")
    if not closed or is_long:
        return Front({}, begin, f"has front matter that is not closed by a line '{fence}'" if has_keys else None)
    try:
        fields = _yaml_fields(inside) if fence == "---" else tomllib.loads(inside.replace("\r\n", "\n"))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - besides its own errors YAML lets pass what int, chr and datetime raise
        if not has_keys:  # text between two rules, which belongs to the article
            return Front({}, begin)
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else getattr(error, "problem", None)
        problem = str(reason or "a value cannot be read")[:_LONGEST_PROBLEM]
        return Front({}, closed.end(), f"has front matter that is not valid {_LANGUAGE[fence]} ({problem})")
    if isinstance(fields, dict):
        repeated = next(iter(_repeated(_pairs(inside))), None) if fence == "---" else None
        complaint = f'has front matter with the key "{repeated}" twice: the last one counts' if repeated else None
        return Front({key: value for key, value in fields.items() if isinstance(key, str)}, closed.end(), complaint)
    return Front({}, closed.end() if fields is None else begin)


def scalars_of(front: str) -> dict[str, Scalar]:
    """Return the scalars of front matter by their keys, without those of keys that it gives twice."""
    opened, closed, inside = _fenced(front)
    if opened is None or closed is None:
        return {}
    if opened["fence"] == "+++":
        fields = read_front(front).fields
        return {key: Scalar(value, is_block=False) for key, value in fields.items() if isinstance(value, str)}
    pairs = _pairs(inside)
    repeated = set(_repeated(pairs))
    return {
        str(key.value): Scalar(value.value, getattr(value, "style", None) in {"|", ">"})
        for key, value in pairs
        if key.value not in repeated and isinstance(value.value, str) and value.tag != _NULL
    }


def _yaml_fields(inside: str) -> object:
    import yaml

    class Loader(yaml.SafeLoader):
        # Everything is text as it is written, but nothing: YAML 1.1 reads 9:11 as 551, and "no" as false.
        yaml_implicit_resolvers = {  # noqa: RUF012 - as the base class has it
            first: [(tag, pattern) for tag, pattern in resolvers if tag in _IMPLICIT]
            for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
        }

        def flatten_mapping(self, node: yaml.MappingNode) -> None:
            if any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value):
                raise ValueError  # merge keys can grow without bound, and no article needs them

    return yaml.load(inside, Loader)


def _has_little_prose(text: str) -> bool:
    """Return whether little of a text is prose, which a rule far below may close by chance."""
    prose = (line for line in text.splitlines() if not _LINE_OF_LANGUAGE.match(line))
    return sum(map(len, prose)) <= _MOST_PROSE * len(text)


def _repeated(pairs: list[tuple[Node, Node]]) -> list[str]:
    return [key for key, count in Counter(str(key.value) for key, _ in pairs).items() if count > 1]


def _pairs(inside: str) -> list[tuple[Node, Node]]:
    import yaml

    try:
        node = yaml.compose(inside, yaml.SafeLoader)
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - besides its own errors it lets pass what int, chr and datetime raise
        return []
    return list(node.value) if isinstance(node, yaml.MappingNode) else []
