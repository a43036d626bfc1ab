"""Derive structured questions from question files, and mix them with a prepared set."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.training.entries import entries
from retrieval.training.groups import HELD_OUT, article, split
from retrieval.training.lists import lists, settings
from retrieval.training.negatives import FAR, NEAR
from retrieval.training.passages import TrainingPassage
from retrieval.training.prepared import Prepared
from retrieval.training.procedures import commands, faults, steps
from retrieval.training.questions import Document, TrainingQuestion, read_questions
from retrieval.training.sections import facts, headed, sections
from retrieval.training.structured import lines, mixed
from retrieval.training.tables import tables
from retrieval.training.vocabulary import vocabulary

SHARES = (0.2, 0.08, 0.08, 0.13, 0.14, 0.08, 0.12, 0.07, 0.03, 0.07)
"""Shares of sections, headed, facts, entries, lists, settings, tables, steps, faults and commands."""
LONGEST = 180  # word pieces of a passage


def restructure(files: Sequence[Path], out: Path, count: int, seed: int) -> int:
    """Write about `count` structured questions that are derived from question files; return their number."""
    documents, questions = read_questions(files)
    words = vocabulary(documents, questions)
    drawn = [random.Random(seed + number) for number in range(len(SHARES) + 1)]
    kinds = (
        sections(documents, questions, words, drawn[0]),
        headed(documents, questions, drawn[1]),
        facts(documents, questions, words, drawn[2]),
        entries(words, drawn[3]),
        lists(words, drawn[4]),
        settings(words, drawn[5]),
        tables(words, drawn[6]),
        steps(words, drawn[7]),
        faults(words, drawn[8]),
        commands(words, drawn[9]),
    )
    rows = list(lines(mixed(kinds, [int(share * count) for share in SHARES], drawn[-1])))
    with gzip.open(out, "wt", encoding="utf-8") if out.suffix == ".gz" else out.open("w", encoding="utf-8") as stream:
        stream.writelines(rows)
    return len(rows)


def mix(
    prepared: Prepared, file: Path, count: int, seed: int, pieces: Callable[[Sequence[str]], list[int]]
) -> Prepared:
    """Add structured questions to a prepared set of which `count` questions are kept, and all held-out ones."""
    drawn, rows = random.Random(seed), split(prepared)
    apart = {article(prepared, prepared.questions[row]) for row in rows.held_out}
    chosen = sorted([*drawn.sample(rows.train, min(count, len(rows.train))), *rows.held_out])
    documents, passages = list(prepared.documents), list(prepared.passages)
    questions, near = [prepared.questions[row] for row in chosen], [prepared.near[row] for row in chosen]
    far = [prepared.far[row] for row in chosen]
    first = len(passages)
    _, derived = read_questions([file])
    fields = _records(file)
    lengths = iter(pieces([text["context"] for line in fields for text in (line, *line["beside"])]))
    numbers: dict[tuple[str, str], int] = {}

    def passage(line: dict[str, Any], source: str) -> int:
        key = line["title"], line["context"]
        if key not in numbers:
            spans = tuple((start, end) for start, end in line["sentences"])
            numbers[key] = len(passages)
            passages.append(TrainingPassage(len(documents), 0, spans))
            documents.append(Document("structured", line["title"], line["context"], spans, source))
        return numbers[key]

    for line, question in zip(fields, derived, strict=True):
        longest = max([next(lengths) for _ in (line, *line["beside"])])
        if longest > LONGEST:
            continue
        source = line["article"]
        if not source:
            source = f"{line['set']} {line['title']}"
            if random.Random(source).random() < HELD_OUT:
                apart.add(source)
        own = passage(line, source)
        others = [passage(text, source) for text in line["beside"]]
        questions.append(_moved(question, passages[own].document))
        near.append(_padded([other for other in others if other != own], NEAR))
        far.append(_padded([drawn.randrange(first) for _ in range(FAR)], FAR))
    return Prepared(
        documents,
        passages,
        questions,
        np.array(near, dtype=np.int32),
        np.array(far, dtype=np.int32),
        frozenset(apart),
    )


def _moved(question: TrainingQuestion, document: int) -> TrainingQuestion:
    return TrainingQuestion(question.id, question.set, question.text, question.history, document, question.answers)


def _padded(rows: Sequence[int], width: int) -> list[int]:
    return [*rows[:width], *[-1] * (width - len(rows))]


def _records(file: Path) -> list[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]
