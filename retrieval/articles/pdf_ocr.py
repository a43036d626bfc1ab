"""Scanned pages of a PDF -> their text, which tesseract reads in their pictures.

Tesseract is run by itself, one page at a time in one thread: with its threads it takes several times as long.
The limits of the converting process hold for it too.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, groupby
from statistics import fmean

from retrieval.articles.pdf_images import Image, drawn
from retrieval.extras import anywhere, can_draw_pages
from retrieval.stand_ins import UNSURE

BeginPage = Callable[[int, int], None]
"""Called with (count, total) before each scanned page."""
NEEDED = "ocr"
"""What a warning says that reading a page needs."""
MOST_PAGES = 1000
"""Of a document that are read."""
_DOTS = 300
"""An inch, as tesseract was trained on."""
_SECONDS = 120
"""Seconds by the clock that a page may take, for a system without a limit for computing."""
_MOST_LANGUAGES = 4
"""That are read at once: each takes its time. Where more are installed, English is."""
_LEAST_SURE = 60.0
"""Per cent that the words of a paragraph are sure on average, which in those that are read well are about 95."""
_TURNED, _UPRIGHT = 1, 3
"""The ways in which tesseract looks for text on a page: it may be turned, or not."""
_WORD = 5
"""The level of tesseract's rows that have words."""


@dataclass(frozen=True, slots=True)
class Tesseract:
    """The program, and what it can read."""

    program: str
    version: str
    """With its name."""
    languages: tuple[str, ...]
    finds_direction: bool
    """Whether it can tell which side of a page is up."""


class SlowPageError(Exception):
    """A page that takes too long to read."""


@cache
def find_tesseract() -> Tesseract | None:
    """Return the program that the system has; None where it has none that works."""
    program = shutil.which("tesseract")
    if program is None:
        return None
    try:
        version, languages = (
            subprocess.run([program, f"--{what}"], capture_output=True, text=True, check=True, timeout=_SECONDS).stdout
            for what in ("version", "list-langs")
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    installed = languages.split("\n")[1:]
    known = tuple(name for name in installed if name and name != "osd" and "/" not in name)
    if len(known) > _MOST_LANGUAGES and "eng" in known:
        known = ("eng",)
    name = version.partition("\n")[0].strip()
    return Tesseract(program, name, known[:_MOST_LANGUAGES], "osd" in installed) if known else None


def missing() -> str:
    """Return what is missing to read scanned pages, as what to do; "" where nothing is."""
    steps = []
    if not can_draw_pages():
        steps.append(anywhere("ocr"))
    if find_tesseract() is None:
        steps.append("apt-get install tesseract-ocr")
    return " and ".join(steps)


def recognizer() -> str:
    """Return the name and version of what reads scanned pages; "" where nothing does."""
    tesseract = find_tesseract()
    return tesseract.version if tesseract else ""


def recognized(data: bytes, rows: Sequence[int], begin_page: BeginPage) -> Iterator[str | None]:
    """Yield the text of the pages at these rows of a document; None for a page that takes too long.

    It is empty where nothing on the page can be read.
    """
    import pypdfium2

    tesseract = find_tesseract()
    assert tesseract is not None
    document = pypdfium2.PdfDocument(data)
    try:
        for count, row in enumerate(rows):
            begin_page(count, len(rows))
            try:
                page = document[row]
                yield _read(drawn(page, _DOTS, in_grey=True)[0], tesseract)
                page.close()
            except SlowPageError:
                yield None
    finally:
        document.close()


def _read(image: Image, tesseract: Tesseract) -> str:
    """Return the text in a picture; raises SlowPageError."""
    settings = {"dpi": _DOTS, "psm": _TURNED if tesseract.finds_direction else _UPRIGHT}
    options = chain.from_iterable((f"--{name}", str(setting)) for name, setting in settings.items())
    portable = b"P5 %d %d 255\n" % (image.width, image.height) + image.rows
    try:
        process = subprocess.run(
            [tesseract.program, "-", "-", "-l", "+".join(tesseract.languages), *options, "tsv"],
            input=portable,
            capture_output=True,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise SlowPageError from None
    if process.returncode == -getattr(signal, "SIGXCPU", 0):
        raise SlowPageError
    return text_of(process.stdout.decode("utf-8", "replace")) if process.returncode == 0 else ""


def text_of(table: str) -> str:
    """Return the text that tesseract's table of words has, in paragraphs; a sign stands for what it is not sure of."""
    names, *lines = [line.split("\t") for line in table.splitlines()] or [[]]
    words = [row for row in (dict(zip(names, line, strict=False)) for line in lines) if _is_word(row)]
    paragraphs = []
    for _, group in groupby(words, key=lambda row: (row["block_num"], row["par_num"])):
        paragraph = list(group)
        if fmean(float(row["conf"]) for row in paragraph) < _LEAST_SURE:
            paragraphs.append(UNSURE)
            continue
        rows = groupby(paragraph, key=lambda row: row["line_num"])
        paragraphs.append("\n".join(" ".join(row["text"] for row in line) for _, line in rows))
    return "\n\n".join(paragraphs) if any(map(str.isalpha, "".join(paragraphs))) else ""


def _is_word(row: Mapping[str, str]) -> bool:
    return row.get("level") == str(_WORD) and bool(row.get("text", "").strip())
