"""The same answers, byte for byte, with the real model: for any engine, hash seed and order of indexing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from retrieval.answering.quoter import Quoter
from retrieval.encoding.selection import EncoderSettings, passage_encoder
from retrieval.engine import Engine
from retrieval.index.build import build
from retrieval.index.manifest import PassageSettings
from retrieval.records import Turn
from tests.conftest import MODEL_CACHE

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT / "seeds"
QUESTIONS = [json.loads(line)["question"] for line in (SEEDS / "gold.jsonl").read_text("utf-8").splitlines()][::12]


def index(corpus: Path, folder: Path) -> None:
    """Index, or index again, as the command line does by default."""
    build(corpus, folder, lambda before: passage_encoder(EncoderSettings(), MODEL_CACHE), PassageSettings())


def as_json(engine: Engine) -> str:
    """Return each answer with its evidence, and the answer to a follow-up, as one line of JSON."""
    answers = []
    for question in QUESTIONS:
        answer = engine.ask(question, show_weak=True)
        turn = Turn(question, tuple(quote.text for quote in answer.quotes))
        follow_up = engine.ask("And who said that?", (turn,), show_weak=True)
        evidence = engine.find(question, (), Quoter(engine.generation, engine.settings)).evidence
        assert evidence is not None
        numbers = {name: values.tobytes().hex() for name, values in evidence.sentences().items()}
        answers.append(
            [*({**asdict(reply), "elapsed_ms": 0} for reply in (answer, follow_up)), sorted(numbers.items())]
        )
    return json.dumps(answers, sort_keys=True)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the seeds' articles in "corpus" and an index of them, built at once, in "index"."""
    folder = tmp_path_factory.mktemp("scratch")
    index(Path(shutil.copytree(SEEDS / "articles", folder / "corpus")), folder / "index")
    return folder


@pytest.fixture(scope="module")
def expected(scratch: Path) -> str:
    return as_json(Engine.open(scratch / "index", cache=MODEL_CACHE))


def test_by_another_engine_and_by_one_that_was_asked_before(scratch: Path, expected: str) -> None:
    engine = Engine.open(scratch / "index", cache=MODEL_CACHE)
    assert as_json(engine) == expected
    assert as_json(engine) == expected


def test_by_other_hash_seeds(scratch: Path, expected: str) -> None:
    code = """
import sys
from retrieval.engine import Engine
from tests.test_same_answers import MODEL_CACHE, as_json
print(as_json(Engine.open(sys.argv[1], cache=MODEL_CACHE)))
"""
    for seed in ("0", "1", "4294967295"):
        process = subprocess.run(
            [sys.executable, "-c", code, str(scratch / "index")],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "QUOTH_TEST_CACHE": str(MODEL_CACHE)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stderr
        assert process.stdout.strip() == expected, seed


def test_of_articles_indexed_one_after_another(scratch: Path, expected: str, tmp_path: Path) -> None:
    """Index the last articles first, one that is removed again, and one whose text changes."""
    corpus, files = tmp_path / "corpus", sorted((scratch / "corpus").iterdir())
    corpus.mkdir()
    for file in files[len(files) // 2 :]:
        shutil.copy(file, corpus)
    (corpus / files[0].name).write_text("Nothing that anybody asked for.\n")
    (corpus / "gone.txt").write_text("Russia asked Albania to clarify nothing.\n")
    index(corpus, tmp_path / "index")
    (corpus / "gone.txt").unlink()
    for file in files:
        shutil.copy(file, corpus)
    index(corpus, tmp_path / "index")
    assert as_json(Engine.open(tmp_path / "index", cache=MODEL_CACHE)) == expected
