"""A sentence that is said if this process is ended from outside: a library may do so, and asks nobody."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_CODE = "import os, sys; os.read(0, 1) or os.write(2, os.fsencode(sys.argv[1] + '\\n'))"
"""Says it at the end of standard input, unless a byte came before."""


@contextmanager
def last_words(sentence: str) -> Iterator[None]:
    """Have the sentence printed to standard error if this process ends before the context is left."""
    try:
        speaker = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _CODE, sentence],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is not for it
        )
    except OSError:  # without it, there are no last words
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError):  # it was ended itself
            speaker.communicate(b".")
