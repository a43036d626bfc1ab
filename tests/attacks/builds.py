"""How builds in processes of their own ended."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tests.retrieval.forks import Forker

_FINGERPRINT = re.compile("[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Ended:
    """The end of a build."""

    how: Literal["made", "told", "unforeseen", "killed"]
    """Whether it made a generation, told its fault in a sentence, broke in another way, or was killed."""
    text: str = ""
    """The fingerprint, the sentence, or the error."""


def ended(forker: Forker) -> Ended:
    """Wait for the build that the forker started."""
    try:
        killed, text = forker.end()
    except AssertionError as error:
        return Ended("unforeseen", str(error))
    if killed:
        return Ended("killed")
    return Ended("made" if _FINGERPRINT.fullmatch(text) else "told", text)
