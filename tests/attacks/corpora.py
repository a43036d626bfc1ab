"""Index odd corpora into odd places: nobody's files change, no article is lost, and no source is cited in vain."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from retrieval.errors import QuothError
from retrieval.index.generation import Generation
from tests.attacks.rows import Progress, Row, Try, expect, silent, tally
from tests.attacks.surroundings import listing, temporary
from tests.toy import ToyEncoder, build_toy, open_toy, write_corpus

FOREIGN = (
    "building-0123456789abcdef", "generations/000001/letter.txt", "generations/notes.txt", "current", "letter.txt",
    "index.json", ".hidden", "manifest.json", "000001/letter.txt", "generations.txt",
)  # fmt: skip
LINE = "The {drug} was given to the guilty sailors at {dose} mg - they said “it is not late” - on Monday."
FAULTS = (PermissionError(13, "Permission denied"), OSError(5, "Input/output error"), FileNotFoundError(2, "gone"))


def run(tries: int, seed: int, progress: Progress = silent) -> Row:
    """Make `tries` builds."""
    with temporary() as home:
        return tally("corpora", _tries(home, tries, random.Random(seed)), progress)


def _tries(home: Path, count: int, rng: random.Random) -> Iterator[Try]:
    for number in range(count):
        yield partial(_WAYS[number % len(_WAYS)], home, random.Random(rng.random()))


def _fresh(home: Path) -> tuple[Path, Path]:
    """Return a corpus, and a place for its index."""
    corpus, index = home / "corpus", home / "index"
    for left in (corpus, index):
        shutil.rmtree(left, ignore_errors=True)
    return write_corpus(corpus), index


def _ids(index: Path) -> set[str]:
    return {article.id for article in Generation.current(index).articles()}


def _in_the_user_s_folder(home: Path, rng: random.Random) -> None:
    """Index into a folder that holds other things."""
    corpus, index = _fresh(home)
    for name in rng.sample(FOREIGN, rng.randrange(1, 5)):
        (index / name).parent.mkdir(parents=True, exist_ok=True)
        (index / name).write_text("This is all I have.", "utf-8")
    place = rng.choice((index, corpus, home))
    before = listing(home)
    try:
        build_toy(corpus, place, rebuild=rng.random() < 0.5)
    except QuothError as error:
        expect("is not an index" in str(error) or "generations" in str(error), str(error))
    else:
        expect(False, f"an index was built in {place.name}, which holds {sorted(map(str, before))}")
    expect(listing(home) == before, f"a build in {place.name} changed {set(before) ^ set(listing(home))}")


class _FailingEncoder(ToyEncoder):
    """Fails after some texts."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self._spared, self._fault = rng.randrange(5), rng.choice((*FAULTS, KeyboardInterrupt(), MemoryError()))

    def pieces(self, text: str) -> int:
        self._spared -= 1
        if self._spared < 0:
            raise self._fault
        return super().pieces(text)


def _failing_at_first(home: Path, rng: random.Random) -> None:
    """Fail in a first build, in a folder that is there or is not."""
    corpus, index = _fresh(home)
    place = rng.choice((index, index / "a" / "b", corpus / "index"))
    if rng.random() < 0.3:
        place.mkdir(parents=True)
    before = listing(home)
    try:
        build_toy(corpus, place, _FailingEncoder(rng))
    except (Exception, KeyboardInterrupt):  # noqa: BLE001 - whatever it is, nothing may be left
        expect(listing(home) == before, f"a build that failed left {set(listing(home)) - set(before)}")
    else:
        expect(False, "a build goes on without an encoder")


def _within_its_corpus(home: Path, rng: random.Random) -> None:
    """Index into a folder inside the corpus, again and again."""
    corpus, index = _fresh(home)
    build_toy(corpus, index)
    inside = corpus / rng.choice(("index", ".index", "a/b/index"))
    for attempt in range(3):
        report = build_toy(corpus, inside)
        expect(report.unchanged == bool(attempt), f"build {attempt + 1} inside the corpus changed the index")
        expect(_ids(inside) == _ids(index), f"an index inside its corpus holds {_ids(inside) - _ids(index)}")


def _unread_for_a_while(home: Path, rng: random.Random) -> None:
    """Index while one file cannot be read, and again when it can."""
    corpus, index = _fresh(home)
    build_toy(corpus, home / "whole", rebuild=True)
    if rng.random() < 0.5:
        build_toy(corpus, index)
        file = rng.choice([path for path in corpus.rglob("*") if path.is_file()])
        file.write_bytes(file.read_bytes() + b"\nIt rained for a while.\n")
    else:
        file = rng.choice([path for path in corpus.rglob("*") if path.is_file()])
    with patch.object(Path, "open", _failing(file, rng)):
        warnings = build_toy(corpus, index).warnings
    named = any(warn.path == str(file.relative_to(corpus)) for warn in warnings)
    expect(named or _ids(index) == _ids(home / "whole"), f"{file.name} could not be read, and nothing said so")
    report = build_toy(corpus, index)
    expect(not report.warnings, f"the next build still warns: {report.warnings}")
    expect(
        _ids(index) == _ids(home / "whole"), f"{_ids(home / 'whole') - _ids(index)} is lost after {file.name} failed"
    )


def _failing(file: Path, rng: random.Random) -> Callable[..., Any]:
    """Return what opens files and fails for one of them, from some time on."""
    opened, fault, times, spared = Path.open, rng.choice(FAULTS), [0], rng.randrange(3)

    def failing(self: Path, *arguments: Any, **named: Any) -> Any:
        if self == file:
            times[0] += 1
            if times[0] > spared:
                raise fault
        return opened(self, *arguments, **named)

    return failing


def _almost_alike(home: Path, rng: random.Random) -> None:
    """Ask for a sentence that other articles print alike, or almost."""
    corpus, index = _fresh(home)
    line = LINE.format(drug=rng.choice(("potion", "remedy")), dose=rng.choice((5, 12, 40)))
    for number in range(8):
        change = rng.choice(_CHANGES)
        (corpus / f"wire-{number}.txt").write_text(f"{change(line, rng)} Report {number} ended there.\n", "utf-8")
    (corpus / "wire.txt").write_text(f"{line} It ended there.\n", "utf-8")
    build_toy(corpus, index)
    engine = open_toy(index)
    for quote in engine.ask("What was given to the guilty sailors on Monday?").quotes:
        for place in quote.also_in:
            row = engine.generation.row_of(place.article)
            expect(row is not None, f"{place.ref} is not there")
            printed = engine.generation.article(row or 0).text[place.start : place.end]
            expect(_alike(printed) == _alike(quote.text), f"{printed!r} is cited for {quote.text!r}")


def _alike(text: str) -> str:
    """Return the text without what may differ between two prints of a sentence."""
    plain = re.sub("[“”„«»‘’']", '"', re.sub("[\u2010-\u2015\u2212]", "-", text))
    return " ".join(plain.casefold().split())


_CHANGES: tuple[Callable[[str, random.Random], str], ...] = (
    lambda line, rng: line.replace("guilty", "not guilty"),
    lambda line, rng: re.sub(r"\d+ mg", f"{rng.choice((5, 50, 500))} mg", line),
    lambda line, rng: line.replace(" mg", rng.choice((" g", " µg", " mg"))),
    lambda line, rng: line.replace("is not late", "is late"),
    lambda line, rng: line.replace("Monday", rng.choice(("Sunday", "monday", "MONDAY"))),
    lambda line, rng: line.replace("“", '"').replace("”", '"'),
    lambda line, rng: line.replace(" - ", rng.choice((" – ", " — "))),
    lambda line, rng: line.replace(" ", "  ", rng.randrange(4)),
    lambda line, rng: line.replace("sailors", "sailor's"),
    lambda line, rng: line,
)
_WAYS: tuple[Callable[[Path, random.Random], None], ...] = (
    _in_the_user_s_folder,
    _failing_at_first,
    _within_its_corpus,
    _unread_for_a_while,
    _almost_alike,
)
