"""A few questions of our own, and a reader small enough to train in a second."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from retrieval.encoding.models import DEFAULT_MODEL, locate
from retrieval.training.negatives import Pool, mine
from retrieval.training.passages import cut
from retrieval.training.prepared import Prepared, piece_counter
from retrieval.training.questions import read_questions
from tests.small_reader import write_small_model

TEXTS = {
    "The mill": "The mill was built in 1821 by Ada Brook. "
    "It ground barley until the river was dammed.\nNow it is a school.",
    "The harbour": "The harbour has two piers. A ferry leaves the north pier at nine. Dogs travel free of charge.",
    "The orchard": "Forty pear trees grow in the orchard. Visitors may pick fruit in October.",
}
QUESTIONS = (
    ("Who built the mill?", "The mill", "Ada Brook"),
    ("What did the mill grind?", "The mill", "It ground barley until the river was dammed."),
    ("When does the ferry leave?", "The harbour", "nine"),
    ("Do dogs pay?", "The harbour", "Dogs travel free of charge."),
    ("When may fruit be picked?", "The orchard", "October"),
    ("Who owns the orchard?", "The orchard", None),
)


def line(question: str, title: str, answer: str | None, **fields: object) -> str:
    """One line of a question file."""
    context = TEXTS[title]
    answers = [{"start": context.index(answer), "text": answer}] if answer else []
    record = {"id": question, "set": title, "question": question, "context": context, "title": title}
    return json.dumps({**record, "answers": answers, "answerable": bool(answers), **fields})


@pytest.fixture(scope="session")
def question_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All questions in one file."""
    file = tmp_path_factory.mktemp("questions") / "questions.jsonl"
    file.write_text("\n".join(line(*question) for question in QUESTIONS) + "\n", "utf-8")
    return file


@pytest.fixture(scope="session")
def tokenizer_file() -> Path:
    """The default model's tokenizer."""
    return locate(DEFAULT_MODEL).path / "tokenizer.json"


@pytest.fixture(scope="session")
def prepared(question_file: Path, tokenizer_file: Path) -> Prepared:
    """The questions, prepared."""
    documents, questions = read_questions([question_file])
    passages = list(cut(documents, piece_counter(tokenizer_file), seed=1))
    candidates = mine(questions, Pool(documents, passages))
    return Prepared(documents, passages, questions, candidates.near, candidates.far)


@pytest.fixture(scope="session")
def small_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of three layers, with the default model's vocabulary."""
    for module in ("torch", "transformers"):
        pytest.importorskip(module)
    return write_small_model(tmp_path_factory.mktemp("small"))
