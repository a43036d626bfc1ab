"""The scalars of a text's front matter, as YAML reads them and as they are written."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from yaml import Node

_FENCES = re.compile(r"\A\ufeff?---[^\n]*\n(?P<inside>.*?)^(?:---|\.\.\.)[ \t]*\r?(?:\n|\Z)", re.MULTILINE | re.DOTALL)
_NULL = "tag:yaml.org,2002:null"


@dataclass(frozen=True, slots=True)
class Scalar:
    """The value of a key."""

    value: str
    is_block: bool
    """Whether it stands in lines of its own, in which quotation marks and escapes are text."""

    def is_written(self, text: str) -> bool:
        """Return whether a text is the value itself, without escapes or marks of YAML; of a block, its beginning."""
        value, written = " ".join(self.value.split()), " ".join(text.split())
        return value == written or (self.is_block and value.startswith(f"{written} "))


def scalars_of(front: str) -> dict[str, Scalar]:
    """Return the scalars of front matter by their keys, without those of keys that it gives twice."""
    fences = _FENCES.match(front)
    pairs = _pairs(fences["inside"]) if fences else []
    repeated = set(_repeated(pairs))
    return {
        str(key.value): Scalar(value.value, getattr(value, "style", None) in {"|", ">"})
        for key, value in pairs
        if key.value not in repeated and isinstance(value.value, str) and value.tag != _NULL
    }


def repeated_keys(inside: str) -> list[str]:
    """Return the keys that front matter gives more than once, given what stands between its fences."""
    return _repeated(_pairs(inside))


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
