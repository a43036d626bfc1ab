"""The real text of the bench of large corpora: seeds, SQuAD part A, documents of communities, and training passages."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from itertools import count, zip_longest
from pathlib import Path

from tests.benchmarks.common import DOCUMENTS, SEEDS, SHARED, SQUAD, SquadQuestion, available, squad

TRAIN = SHARED / "qa-train"
SETS = ("squad11", "medquad", "qed-nq", "tydiqa-en", "fairytaleqa", "squadshifts-newwiki", "cuad", "tsqa")
A_FILE = 60_000
"""Characters of an article's passages in these sets, of which some are books and contracts."""
BENCHMARK = "scale"


def write_corpus(corpus: Path, characters: int) -> list[SquadQuestion]:
    """Write the articles, of the training passages so many characters, and return SQuAD's questions.

    What is not beside this checkout is named and left out.
    """
    shutil.copytree(SEEDS, corpus / "seeds")
    if available(DOCUMENTS, BENCHMARK):
        shutil.copytree(DOCUMENTS, corpus / "docs", copy_function=shutil.copyfile)
        for folder in (corpus / "docs", *(corpus / "docs").rglob("*/")):
            folder.chmod(0o755)  # the original may be read-only, and this one goes again
    if available(TRAIN, BENCHMARK):
        _write_training(corpus / "train", characters)
    if not available(SQUAD, BENCHMARK):
        return []
    (corpus / "squad").mkdir()
    return squad(corpus / "squad")


def _write_training(folder: Path, characters: int) -> None:
    """Write articles of all sets in turn."""
    folder.mkdir()
    number = count()
    for together in zip_longest(*map(_articles, SETS)):
        for text in filter(None, together):
            (folder / f"{next(number):06d}.txt").write_bytes(text.encode())
            characters -= len(text)
            if characters <= 0:
                return


def _articles(name: str) -> Iterator[str]:
    """Yield the texts of a set's articles: the distinct passages of each."""
    own: dict[str, dict[str, None]] = {}
    for file in sorted(TRAIN.glob(f"{name}-0*.jsonl.gz")):
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for line in map(json.loads, lines):
                own.setdefault(line["title"], {})[line["context"]] = None
    for passages in own.values():
        yield "\n\n".join(passages)[:A_FILE]
