"""What is printed to be pasted into a shell: it reads back exactly the words meant, and runs nothing else."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence

_PLAIN = re.compile(r"[A-Za-z0-9_@%+:,./][A-Za-z0-9_@%+=:,./-]*")


def command(*words: str, operands: Sequence[str] = ()) -> str:
    """Return the line that runs quoth with these words; an operand is none of its options, whatever it begins with."""
    end = ["--"] if any(operand.startswith("-") for operand in operands) else []
    return " ".join(("quoth", *map(quoted, words), *end, *map(quoted, operands)))


def quoted(word: str) -> str:
    """Return the word as a POSIX shell is to be given it: as it is where that is safe, in quotes, or spelt out.

    What a terminal obeys, a reader cannot see or a browser may swallow is never in it: `printf` puts that back.
    """
    if _PLAIN.fullmatch(word):
        return word
    if word.isprintable() and "  " not in word:
        return shlex.quote(word)
    stem = word.rstrip("\n")
    line_ends = word[len(stem) :]  # a shell drops line ends from what `printf` puts back
    return f"\"$(printf %b '{''.join(map(_spelt, stem))}')\"" + (f"'{line_ends}'" if line_ends else "")


def quoted_permalink(ref: str) -> str:
    """Return a permalink as it is printed by itself, without the quotes that its `#` needs in few shells."""
    return ref if _PLAIN.fullmatch(ref.replace("#", "")) and not ref.startswith("#") else quoted(ref)


def _spelt(char: str) -> str:
    # An interactive shell may act on `!` even in these quotes, so all but the plainest characters are spelt out.
    if _PLAIN.fullmatch(char) or (char.isprintable() and not char.isascii()):
        return char
    return "".join(f"\\0{byte:03o}" for byte in os.fsencode(char))
