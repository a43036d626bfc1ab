"""The language an article is written in, so that its abbreviations end no sentence."""

from __future__ import annotations

import os
import tempfile

from retrieval.errors import TemporaryFilesUnusable

DEFAULT = "en"
LETTERS = 60
"""Letters that a text in plain Latin letters needs to have its language told."""
_SAMPLE = 4_000


def language_of(text: str) -> str:
    """Return the ISO 639-1 code of the language of a text; English where it is too short to tell.

    Raises TemporaryFilesUnusable: the model is unpacked into a temporary file.
    """
    sample = text[:_SAMPLE]
    letters = sum(map(str.isalpha, sample))
    if not letters or (letters < LETTERS and sample.isascii()):
        return DEFAULT
    from py3langid import classify

    try:
        return str(classify(sample)[0])
    except OSError as error:
        folder = tempfile.tempdir or os.environ.get("TMPDIR", "which the system names")
        raise TemporaryFilesUnusable(folder, error.strerror or type(error).__name__) from error
