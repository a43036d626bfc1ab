"""An index on a server answers as the same articles do from a folder, to the last digit."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from retrieval import indexes
from retrieval.citations import verifier
from retrieval.citations.permalink import resolve
from retrieval.engine import Engine
from retrieval.errors import FilterEmpty, ServerLacks
from retrieval.index.generation import Generation
from retrieval.milvus.passages import condition_of
from retrieval.records import Filter
from tests.milvus_server import untimed
from tests.retrieval.milvus.conftest import Places
from tests.toy import ANSWERS, MODEL, ToyEncoder

QUESTIONS = (
    "Who closed the bridge in 2016?",
    "What did the gale of 9 March tear off the ferry shed?",
    "Why is the sky blue?",
    "who opened the brigde again",
    "a",
    "How many fishing boats sank, and who winds the clocks?",
)


def engine_over(generation: Generation) -> Engine:
    engine = Engine(generation, ToyEncoder(), ANSWERS)
    engine.model = MODEL
    return engine


@pytest.fixture(scope="module")
def engines(places: Places) -> tuple[Engine, Engine]:
    return engine_over(Generation.current(places.folder)), engine_over(indexes.current(places.address))


@pytest.mark.parametrize("question", QUESTIONS)
def test_questions_have_the_same_answers(engines: tuple[Engine, Engine], question: str) -> None:
    local, remote = (untimed(engine.ask(question, show_weak=True)) for engine in engines)
    assert remote == local


def test_each_quote_is_a_slice_of_the_article_on_the_server(engines: tuple[Engine, Engine]) -> None:
    for question in QUESTIONS:
        for quote in engines[1].ask(question, show_weak=True).quotes:
            row = engines[1].generation.row_of(quote.citation.article)
            assert row is not None
            assert engines[1].generation.article(row).text[quote.citation.start : quote.citation.end] == quote.text


def test_searches_rank_the_same_passages(engines: tuple[Engine, Engine]) -> None:
    local, remote = (engine.search("gusts of wind at the harbour", count=10) for engine in engines)
    assert remote == local


@pytest.mark.parametrize("within", [Filter(since="2019"), Filter(until="2020-06"), Filter(source="Velmora Courier")])
def test_filters_leave_the_same(engines: tuple[Engine, Engine], within: Filter) -> None:
    for question in QUESTIONS:
        local, remote = (untimed(engine.ask(question, within=within, show_weak=True)) for engine in engines)
        assert remote == local


def test_a_filter_without_an_article_says_the_same(engines: tuple[Engine, Engine]) -> None:
    faults = []
    for engine in engines:
        with pytest.raises(FilterEmpty) as error:
            engine.ask("Who?", within=Filter(tag="none such"))
        faults.append(str(error.value))
    assert faults[0] == faults[1]


def test_texts_are_verified_alike(engines: tuple[Engine, Engine]) -> None:
    for text in ("eleven fishing boats at their moorings", "Eleven  fishing boats sank.", "no such words anywhere"):
        local, remote = (verifier.verify(engine, text) for engine in engines)
        assert remote == local


def test_permalinks_open_alike(places: Places, engines: tuple[Engine, Engine]) -> None:
    ref = engines[0].ask(QUESTIONS[0], show_weak=True).quotes[0].citation.ref
    assert resolve(places.address, ref) == resolve(places.folder, ref)


def test_all_rows_are_read_alike(engines: tuple[Engine, Engine]) -> None:
    local, remote = (engine.generation for engine in engines)
    assert list(remote.articles()) == list(local.articles())
    assert [remote.left_out(row) for row in range(len(remote))] == [local.left_out(row) for row in range(len(local))]
    assert [remote.facts(row) for row in range(len(remote))] == [local.facts(row) for row in range(len(local))]
    assert remote.languages == local.languages
    rows = np.arange(len(local.passages))
    assert np.array_equal(remote.vectors.rows(rows), local.vectors.rows(rows))
    for row in rows.tolist():
        assert np.array_equal(remote.bits(row), local.bits(row))
        assert remote.passage(row) == local.passage(row)
        assert remote.context_of(row) == local.context_of(row)


def test_sentences_across_passages_are_scored_alike(engines: tuple[Engine, Engine]) -> None:
    terms = ("gale", "bridg", "boat", "harbour")
    local, remote = (engine.generation.sentence_terms for engine in engines)
    every = range(len(engines[0].generation.sentences))
    assert np.array_equal(remote.scores_of(every, terms), local.scores_of(every, terms))
    assert np.array_equal(remote.scores_of(every[3:9], terms), local.scores_of(every[3:9], terms))


def test_everything_on_the_server_is_checked(engines: tuple[Engine, Engine]) -> None:
    checked = list(engines[1].generation.verify())
    assert "texts.bin" in checked
    assert checked[-1] == "passages"


def test_the_two_have_one_fingerprint(engines: tuple[Engine, Engine]) -> None:
    assert engines[1].fingerprint == engines[0].fingerprint


def test_from_the_second_question_on_three_requests_are_made(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two searches, and one for what both found; all else was read by then, of so few articles."""
    from retrieval.milvus.server import Server

    engine, requests = engine_over(indexes.current(places.address)), list[None]()
    engine.ask(QUESTIONS[0])
    work = Server._do

    def counted(self: Server, *arguments: object) -> object:
        requests.append(None)
        return work(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Server, "_do", counted)
    engine.ask("Who closed the bridge in 2017?")
    assert len(requests) <= 3


@pytest.mark.parametrize(
    ("flags", "condition"),
    [
        ([], None),
        ([False, False], None),
        ([True, True], ""),
        ([True, False, True, True], "(row >= 0 and row < 1) or (row >= 2 and row < 4)"),
        ([True, False, False] * 17, f"row in {list(range(0, 51, 3))}"),
        ([False, True, True] * 17, f"row not in {list(range(0, 51, 3))}"),
    ],
)
def test_a_filter_becomes_runs_of_rows_or_rows(flags: list[bool], condition: str | None) -> None:
    assert condition_of(np.array(flags, dtype=np.bool_)) == condition


def test_a_scattered_filter_names_its_rows() -> None:
    condition = condition_of(np.arange(5000) % 2 == 0)
    assert condition is not None
    assert condition.startswith("row in [0, 2, 4, ")


def test_python_opens_an_address_as_a_folder(places: Places) -> None:
    assert isinstance(places.address, Path)
    assert str(places.address).startswith("milvus://127.0.0.1:")


def test_several_threads_read_one_generation(places: Places) -> None:
    """A bot looks up what became of its citations while it answers."""
    local, remote = Generation.current(places.folder), indexes.current(places.address)
    rows = list(range(len(local.passages))) * 5
    with ThreadPoolExecutor(8) as threads:
        read = list(threads.map(lambda row: (remote.bits(row).tobytes(), remote.text(remote.passage(row))), rows))
    assert read == [(local.bits(row).tobytes(), local.text(local.passage(row))) for row in rows]


@pytest.mark.parametrize("kept", [1, 2])
def test_rows_that_a_filter_scatters_are_those_of_a_folder(
    engines: tuple[Engine, Engine], kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.milvus.passages.MOST_RUNS", 1)
    local, remote = (engine.generation for engine in engines)
    among = np.arange(len(local.passages)) % 3 < kept
    question = local.vectors.rows(np.array([0]))[0]
    assert np.array_equal(
        np.sort(remote.vectors.search(question, 100, among)), np.sort(local.vectors.search(question, 100, among))
    )


def test_more_passages_than_a_server_returns_are_refused(
    engines: tuple[Engine, Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.milvus.passages.MOST", 34)
    engines[1].generation.passage_terms.best(("gale",), 2)
    with pytest.raises(ServerLacks, match=r"A search for 3 passages is not for the index .* at most 2\.$"):
        engines[1].generation.passage_terms.best(("gale",), 3)


def test_many_rows_are_asked_for_in_several_requests(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.milvus.server.AT_ONCE", 2)
    engine = engine_over(indexes.current(places.address))
    assert untimed(engine.ask(QUESTIONS[0])) == untimed(
        engine_over(Generation.current(places.folder)).ask(QUESTIONS[0])
    )
