"""The whole engine with the real model: every quote is an exact slice of a file."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest

from retrieval.citations.permalink import resolve
from retrieval.citations.verifier import verify
from retrieval.encoding.selection import EncoderSettings, passage_encoder
from retrieval.engine import Engine
from retrieval.index.build import build
from retrieval.index.manifest import PassageSettings
from retrieval.records import Answer, Citation
from retrieval.settings import AnswerSettings
from tests.conftest import MODEL_CACHE
from tests.toy import SHARED_LINE, write_corpus

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT / "seeds"
PAPERS = Path(__file__).resolve().parents[2] / "shared" / "seeds"
GOLD: list[dict[str, Any]] = [json.loads(line) for line in (SEEDS / "gold.jsonl").read_text("utf-8").splitlines()]
QUESTION = "What did Russia ask Albania to clarify?"


@dataclass(frozen=True)
class Indexed:
    """A corpus with its index, opened."""

    corpus: Path
    index: Path
    engine: Engine

    def slice_of(self, cited: Citation) -> str:
        """Return the cited words, read from the file on disk."""
        assert cited.path is not None
        text = (self.corpus / cited.path).read_bytes().decode("utf-8")
        return text[cited.start : cited.end]

    def check(self, answer: Answer) -> None:
        """Check that every quote is a slice of its file, and that its permalink returns it."""
        for quote in answer.quotes:
            assert quote.text
            assert quote.text == self.slice_of(quote.citation)
            assert resolve(self.index, quote.citation.ref).text == quote.text
            for other in quote.also_in:
                assert resolve(self.index, other.ref).text == self.slice_of(other)


def indexed(corpus: Path, index: Path) -> Indexed:
    """Index a corpus as the command line does by default."""
    build(corpus, index, lambda before: passage_encoder(EncoderSettings(), MODEL_CACHE), PassageSettings())
    return Indexed(corpus, index, Engine.open(index, cache=MODEL_CACHE))


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Indexed:
    folder = tmp_path_factory.mktemp("seeds")
    return indexed(Path(shutil.copytree(SEEDS / "articles", folder / "corpus")), folder / "index")


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Indexed:
    if not PAPERS.is_dir():
        pytest.skip("the papers are not beside this checkout: answers from them were not checked")
    folder = tmp_path_factory.mktemp("papers")
    return indexed(Path(shutil.copytree(PAPERS, folder / "corpus")), folder / "index")


def test_the_question_that_the_readme_opens_with_is_answered_by_its_first_quote(seeds: Indexed) -> None:
    question = re.findall(r'ask (?:Q=)?"(.+?)"', (ROOT / "README.md").read_text("utf-8"))[0]
    (gold,) = (line for line in GOLD if line["question"] == question)
    quote = seeds.engine.ask(question).quotes[0]
    place = gold["gold"][0]
    assert (quote.citation.article, quote.citation.start, quote.citation.end) == (
        place["article"],
        place["start"],
        place["end"],
    )


def test_a_question_is_answered_with_slices_of_files(seeds: Indexed) -> None:
    answer = seeds.engine.ask(QUESTION)
    assert answer.answered
    assert 1 <= len(answer.quotes) <= 3
    assert answer.confidence >= seeds.engine.threshold
    assert "Ukraine" in answer.quotes[0].text
    assert len(answer.nearest) == 3
    seeds.check(answer)


@pytest.mark.parametrize(
    ("question", "searched", "word"),
    [
        ("When did albnia join NATO?", "When did Albania join NATO?", "2009"),
        ("When did Albania join the aliance?", "When did Albania join the alliance?", "2009"),
    ],
)
def test_misspelt_questions_are_answered(question: str, searched: str, word: str, seeds: Indexed) -> None:
    answer = seeds.engine.ask(question)
    assert (answer.answered, answer.question, answer.searched) == (True, question, searched)
    assert word in " ".join(quote.text for quote in answer.quotes)
    assert answer.quotes[0].text == seeds.engine.ask(searched).quotes[0].text
    seeds.check(answer)


def test_what_is_like_a_name_is_searched_beside_it(seeds: Indexed) -> None:
    answer = seeds.engine.ask("What did stoltenburg say about soldiers?", show_weak=True)
    assert answer.searched == "What did stoltenburg say about soldiers?"
    assert "Stoltenberg" in " ".join(quote.text for quote in answer.quotes)
    assert answer.confidence < seeds.engine.ask("What did Stoltenberg say about soldiers?").confidence
    seeds.check(answer)


def test_a_question_off_the_topic_is_not_answered(seeds: Indexed) -> None:
    for question in (
        "How do I bake sourdough bread?",
        "Who painted the Mona Lisa?",
        "Which river flows through Geneva?",
    ):
        answer = seeds.engine.ask(question)
        assert (answer.answered, answer.quotes) == (False, ())
        assert answer.confidence < seeds.engine.threshold
        titles = {ref.article: ref.title for ref in answer.nearest}
        assert len(titles) == 3
        assert all(titles.values())
        weak = seeds.engine.ask(question, show_weak=True)
        assert weak.quotes
        assert not weak.answered
        assert all(quote.weak for quote in weak.quotes)
        seeds.check(weak)


@pytest.mark.parametrize("row", GOLD, ids=[row["id"] for row in GOLD])
def test_every_gold_question_gives_exact_slices_alone(row: dict[str, Any], seeds: Indexed) -> None:
    answer = seeds.engine.ask(row["question"], show_weak=True)
    assert answer.quotes
    assert [quote.weak for quote in answer.quotes] == [not answer.answered] * len(answer.quotes)
    seeds.check(answer)


def test_most_gold_questions_are_answered_rightly(seeds: Indexed) -> None:
    """Guard against a broken search, not a worse one: the bar is far below the figures of tests/benchmarks."""
    answerable = [row for row in GOLD if row["answerable"] and not row["history"]]
    hits = 0
    for row in answerable:
        quotes = seeds.engine.ask(row["question"], show_weak=True).quotes
        places = [(quote.citation.article, quote.citation.start, quote.citation.end) for quote in quotes]
        hits += any(
            gold["article"] == article and start < gold["end"] and gold["start"] < end
            for article, start, end in places
            for gold in row["gold"]
        )
    assert hits / len(answerable) > 0.5


def as_json(answers: list[Answer]) -> str:
    return json.dumps([{**asdict(answer), "elapsed_ms": 0} for answer in answers], sort_keys=True)


def test_answers_are_the_same_every_time(seeds: Indexed, tmp_path: Path) -> None:
    """For other engines, other hash seeds, and a rebuilt index."""
    questions = [row["question"] for row in GOLD[::9]]
    code = """
import json, sys
from dataclasses import asdict
from pathlib import Path
from tests.test_end_to_end import indexed, as_json
engine = indexed(Path(sys.argv[1]), Path(sys.argv[2])).engine
print(as_json([engine.ask(question, show_weak=True) for question in sys.argv[3:]]))
"""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(seeds.corpus), str(index), *questions],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "QUOTH_TEST_CACHE": str(MODEL_CACHE)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed, index in (("3", tmp_path / "index"), ("4", seeds.index))
    ]
    outputs = {process.communicate(timeout=100)[0].strip() for process in running}
    here = Engine.open(seeds.index, cache=MODEL_CACHE)
    outputs.add(as_json([here.ask(question, show_weak=True) for question in questions]))
    assert len(outputs) == 1


def test_a_line_of_two_articles_is_quoted_once(tmp_path: Path) -> None:
    storms = indexed(write_corpus(tmp_path / "corpus"), tmp_path / "index")
    answer = storms.engine.ask("How many fishing boats did the gale sink?")
    assert answer.answered
    assert answer.quotes[0].text == SHARED_LINE
    articles = [answer.quotes[0].citation.article, *(other.article for other in answer.quotes[0].also_in)]
    assert sorted(articles) == ["harbour", "storm"]
    assert SHARED_LINE not in [quote.text for quote in answer.quotes[1:]]
    storms.check(answer)


def test_half_a_character_in_a_text_to_verify(seeds: Indexed) -> None:
    """As a terminal passes bytes that are not UTF-8."""
    assert verify(seeds.engine, "Who \udcff signed it?").verdict == "absent"


def test_a_very_long_word_and_a_very_long_question(seeds: Indexed) -> None:
    engine = Engine(seeds.engine.generation, seeds.engine.encoder, AnswerSettings(max_question=20_000))
    for question in ("a" * 10_000, "why and how " * 900, "日本" * 500, "1 " * 700):
        answer = engine.ask(question, show_weak=True)
        assert 0 <= answer.confidence <= 1
        seeds.check(answer)


BUILD_UP = "What did NATO say about the Russian military build-up in and around Ukraine and in Belarus?"


def test_a_line_that_two_papers_print_in_other_words_is_two_quotes(papers: Indexed) -> None:
    """The two differ in a word, a comma and a spelling."""
    answer = papers.engine.ask(BUILD_UP)
    assert answer.answered
    papers.check(answer)
    lines = [quote for quote in answer.quotes if "Considering the substantial, unprovoked" in quote.text]
    assert sorted(line.citation.article[:3] for line in lines) == ["000", "002"]
    assert [line.also_in for line in lines] == [(), ()]


@pytest.mark.parametrize(
    ("question", "word"),
    [
        (QUESTION, "Ukraine"),
        ("When did Albania join NATO?", "2009"),
        ("How many troops has Russia deployed?", "127,000"),
        ("Who signed the letter?", "Lavrov"),
        ("What did the fighter jets escort?", "aircraft"),
    ],
)
def test_papers_are_quoted_exactly(question: str, word: str, papers: Indexed) -> None:
    answer = papers.engine.ask(question)
    assert answer.answered
    assert word in " ".join(quote.text for quote in answer.quotes)
    papers.check(answer)


def test_what_is_no_article_is_never_quoted(papers: Indexed) -> None:
    for question in ("Sign up for the newsletter?", "Who holds the copyright?", "Who took the photo?", "Related posts"):
        for quote in papers.engine.ask(question, show_weak=True).quotes:
            for mark in ("Copyright", "Im 478433", "Дайджест", "Read Also", "Follow us on"):
                assert mark not in quote.text


def test_abstaining_on_papers(papers: Indexed) -> None:
    answer = papers.engine.ask("What are the side effects of ibuprofen?")
    assert (answer.answered, answer.quotes, len(answer.nearest)) == (False, (), 3)


@pytest.mark.parametrize(
    ("question", "file"),
    [("Կամուրջը ե՞րբ է բացվել", "hy"), ("สะพานเปิดในปีใด", "th"), ("როდის გაიხსნა ხიდი", "ka"), ("पुल कब खुला", "hi"),
     ("Когда открыли мост?", "ru"), ("When was the bridge opened?", "en")],
)  # fmt: skip
def test_a_question_is_answered_in_its_own_script(question: str, file: str, scripts: Indexed) -> None:
    answer = scripts.engine.ask(question, show_weak=True)
    assert answer.quotes[0].citation.article == file
    assert answer.answered or file in ("ka", "hi")  # where one of three words is nowhere, it is not sure enough


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Indexed:
    folder = tmp_path_factory.mktemp("scripts")
    texts = {
        "hy": "Կամուրջը բացվել է 1998 թվականին։ Երկարությունը 300 մետր է։",
        "th": "สะพานเปิดในปี 1998 ยาว 300 เมตร",
        "ka": "ხიდი გაიხსნა 1998 წელს. მისი სიგრძე 300 მეტრია.",
        "hi": "पुल 1998 में खुला। इसकी लंबाई 300 मीटर है।",
        "ru": "Мост открыли в 1998 году. Его длина 300 метров.",
        "en": "The bridge was opened in 1998. It is 300 metres long.",
    }
    (folder / "corpus").mkdir()
    for name, text in texts.items():
        (folder / "corpus" / f"{name}.txt").write_text(text + "\n", "utf-8")
    return indexed(folder / "corpus", folder / "index")
