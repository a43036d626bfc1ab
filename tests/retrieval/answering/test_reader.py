"""The reader: what it says of passages, and that the one that ships is the one that was measured."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from retrieval.answering import reader as readers
from retrieval.answering.reader import BUILT_IN_FOLDER, CARD, DEQUANTISED, MODEL, ReadablePassage, Reader, with_history
from retrieval.encoding.models import DEFAULT_MODEL, locate
from retrieval.errors import ReaderUnusable
from retrieval.training.dequantised import write_dequantised

TOKENIZER = locate(DEFAULT_MODEL).path / "tokenizer.json"
SENTENCES = (
    "The lighthouse of Porto Vell was built in 1874 by the engineer Marta Oliveira.",
    "It stands forty metres above the sea.",
    "Visitors climb it on Sundays, when the keeper sells tea.",
)


def passage(*sentences: str, title: str = "Porto Vell") -> ReadablePassage:
    """A passage of these sentences."""
    text, spans = "", []
    for sentence in sentences:
        text += " " if text else ""
        spans.append((len(text), len(text) + len(sentence)))
        text += sentence
    return ReadablePassage(title, text, spans)


@pytest.fixture(scope="module")
def reader() -> Reader:
    """The reader that ships."""
    return Reader(BUILT_IN_FOLDER, TOKENIZER)


@pytest.mark.parametrize(
    ("question", "right"),
    [
        ("Who designed the lighthouse?", 0),
        ("how tall is the lighthouse", 1),
        ("whens the tower open to visitors", 2),
        ("What can one drink up there?", 2),
    ],
)
def test_the_sentence_that_answers_stands_out(question: str, right: int, reader: Reader) -> None:
    (reading,) = reader.read(question, (), [passage(*SENTENCES)])
    assert int(np.argmax(reading.sentences)) == right
    assert int(np.argmax(reading.spans)) == right


@pytest.mark.parametrize("question", ["Who painted the town hall?", "What does a ticket cost?", "why is the sky blue"])
def test_what_is_not_answered_has_the_odds_against_it(question: str, reader: Reader) -> None:
    (reading,) = reader.read(question, (), [passage(*SENTENCES)])
    assert reading.sentences.max() < 0


def test_a_passage_is_read_alike_whatever_is_read_beside_it(reader: Reader) -> None:
    first, second = passage(*SENTENCES), passage("The ferry leaves at nine.")
    alone = reader.read("When does the ferry leave?", (), [second])[0]
    beside = reader.read("When does the ferry leave?", (), [first, second])[1]
    assert np.array_equal(alone.sentences, beside.sentences)


def test_an_earlier_question_says_what_is_meant(reader: Reader) -> None:
    (alone,) = reader.read("and who built it?", (), [passage(*SENTENCES)])
    (after,) = reader.read("and who built it?", ("how old is the lighthouse?",), [passage(*SENTENCES)])
    assert int(np.argmax(after.sentences)) == 0
    assert after.sentences[0] > alone.sentences[0] - 2


def test_what_is_beyond_the_longest_input_is_not_read(reader: Reader) -> None:
    (reading,) = reader.read("Who?", (), [passage(*SENTENCES, "word " * 400 + "end.", "The last one.")])
    assert np.isfinite(reading.sentences[:4]).all()
    assert reading.sentences[4] == -np.inf


def test_the_turns_stand_in_their_order() -> None:
    assert with_history("and when?", ("who came?", "where?")) == "and when? | who came? | where?"


def test_a_reader_that_is_not_what_its_card_says_is_refused(tmp_path: Path) -> None:
    for name in (MODEL, CARD):
        shutil.copy(BUILT_IN_FOLDER / name, tmp_path)
    raw = bytearray((tmp_path / MODEL).read_bytes())
    raw[len(raw) // 2] ^= 1
    (tmp_path / MODEL).write_bytes(raw)
    with pytest.raises(
        ReaderUnusable, match=rf"its {MODEL} has SHA-256 \w{{12}}…, not \w{{12}}…\), so answers do without it"
    ):
        Reader(tmp_path, TOKENIZER)
    (tmp_path / MODEL).unlink()
    with pytest.raises(ReaderUnusable, match=f"its {MODEL} cannot be read"):
        Reader(tmp_path, TOKENIZER)
    (tmp_path / CARD).write_text("{}")
    with pytest.raises(ReaderUnusable, match=f"its {CARD} cannot be read"):
        Reader(tmp_path, TOKENIZER)


def test_a_processor_that_saturates_int8_reads_in_fp32(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "saturates_int8", lambda: True)
    exact = Reader(BUILT_IN_FOLDER, TOKENIZER)
    read = ("How tall is the lighthouse?", (), [passage(*SENTENCES)])
    (usual,), (reading,) = reader.read(*read), exact.read(*read)
    assert exact.digest == reader.digest
    assert not np.array_equal(usual.sentences, reading.sentences)
    assert np.abs(usual.sentences - reading.sentences).max() < 1.5
    assert np.argmax(usual.sentences) == np.argmax(reading.sentences)


def test_the_graph_in_fp32_is_what_is_made_of_the_other(tmp_path: Path) -> None:
    write_dequantised(BUILT_IN_FOLDER / MODEL, tmp_path / DEQUANTISED)
    assert (tmp_path / DEQUANTISED).read_bytes() == (BUILT_IN_FOLDER / DEQUANTISED).read_bytes()


def test_the_graph_in_fp32_is_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "saturates_int8", lambda: True)
    for name in (MODEL, CARD):
        shutil.copy(BUILT_IN_FOLDER / name, tmp_path)
    (tmp_path / DEQUANTISED).write_bytes(b"another graph")
    with pytest.raises(ReaderUnusable, match=f"its {DEQUANTISED} has SHA-256"):
        Reader(tmp_path, TOKENIZER)


def test_the_card_says_where_the_reader_comes_from() -> None:
    card = json.loads((BUILT_IN_FOLDER / CARD).read_text("utf-8"))
    assert card["trained_from"] == DEFAULT_MODEL
    assert all(licence for _, _, licence in card["data"])
    assert card["difference_from_torch"] < 1e-3
    assert (BUILT_IN_FOLDER / MODEL).stat().st_size < 30_000_000
