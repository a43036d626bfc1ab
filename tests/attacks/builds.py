"""The ends of builds in processes of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from tests.retrieval.forks import Forker

_FINGERPRINT = re.compile("[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class BuildEnd:
    """The end of a build."""

    how: Literal["built", "refused", "crashed", "killed"]
    """Whether it built a generation, failed with a clear error, crashed, or was killed."""
    text: str = ""
    """The fingerprint, or the error's text."""


def wait_for_build(forker: Forker) -> BuildEnd:
    """Wait for the build that the forker started, and return its end."""
    try:
        killed, text = forker.end()
    except AssertionError as error:
        return BuildEnd("crashed", str(error))
    if killed:
        return BuildEnd("killed")
    return BuildEnd("built" if _FINGERPRINT.fullmatch(text) else "refused", text)
