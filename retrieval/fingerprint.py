"""What an answer depends on besides its question: index, models and settings, each as a short digest.

As text, these are `INDEX.MODELS.SETTINGS`, of 12, 8 and 8 hex digits. Where all three are the same, so is the answer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Part = Literal["index", "models", "settings"]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """The digests of all that an answer depends on."""

    index: str
    """Of the generation: its articles, their passages and the encoder's vectors."""
    models: str = ""
    """Of what ranks, reads and trusts, and of the analysis of questions; empty where it was not kept."""
    settings: str = ""
    """Of the settings of answers, with the threshold in force; empty where it was not kept."""

    def __str__(self) -> str:
        return ".".join(part for part in (self.index, self.models, self.settings) if part)

    @classmethod
    def parse(cls, text: str) -> Fingerprint:
        """Return the fingerprint of a text; earlier versions wrote the index's alone."""
        index, _, rest = text.partition(".")
        models, _, settings = rest.partition(".")
        return cls(index, models, settings)

    def differing(self, other: Fingerprint) -> tuple[Part, ...]:
        """Return which parts are known of both, and differ."""
        pairs: dict[Part, tuple[str, str]] = {
            "index": (self.index, other.index),
            "models": (self.models, other.models),
            "settings": (self.settings, other.settings),
        }
        return tuple(part for part, (one, another) in pairs.items() if one and another and one != another)


def short_digest(content: Mapping[str, Any]) -> str:
    """Return 8 hex digits that change with what is described."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:8]
