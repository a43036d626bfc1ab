"""SQuAD files: their corpus, their gold, and their faults."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.articles.corpus import read as read_source
from retrieval.articles.corpus import scan
from retrieval.errors import InputInvalid, QuothError
from retrieval.evaluation.gold import sets, squad
from retrieval.evaluation.gold.parsing import Loaded
from retrieval.evaluation.gold.squad import interrogative
from retrieval.evaluation.gold.targets import pose
from retrieval.evaluation.records import GoldQuestion, GoldSpan
from retrieval.index.generation import Generation
from tests.benchmarks.common import SQUAD
from tests.toy import build_toy

BRIDGE = "Brandt closed the bridge in 2016."
TOLL = "  The toll is two crowns. It was two crowns in 1911, too. \n"


def qa(
    id_: object = "q", question: str = "Who closed it?", *answers: tuple[str, int], **more: object
) -> dict[str, Any]:
    listed = [{"text": text, "answer_start": start} for text, start in answers]
    return {"id": id_, "question": question, "answers": listed} | more


def document(*paragraphs: dict[str, Any], title: object = "Velmora") -> dict[str, Any]:
    return {"title": title, "paragraphs": list(paragraphs)}


def load(*articles: object) -> Loaded:
    return squad.read(json.dumps({"version": "v2.0", "data": articles}).encode(), "set.json", 60)


def faults_of(*qas: object, context: object = BRIDGE) -> list[str]:
    """Return the faults of the questions of one paragraph, each with its place."""
    loaded = load(document({"context": context, "qas": qas}))
    return [f"{where}: {fault}" for where, fault in loaded.faults]


def texts_of(loaded: Loaded, folder: Path) -> dict[str, str]:
    """Return the files that the corpus writer writes."""
    assert loaded.corpus is not None
    folder.mkdir()
    loaded.corpus(folder)
    return {file.name: file.read_bytes().decode() for file in folder.iterdir()}


def test_paragraphs_become_an_article_and_answers_become_spans(tmp_path: Path) -> None:
    loaded = load(
        document(
            {"context": BRIDGE, "qas": [qa("a", "Who closed it?", ("Brandt", 0), ("Brandt", 0), ("Brandt closed", 0))]},
            {"context": " \n"},
            {
                "context": TOLL,
                "qas": [
                    qa("b", "How much was it in 1911?", ("two crowns", 33), (" 1911", 46), is_impossible=False),
                    qa(3, "Which bank pays?", is_impossible=True, plausible_answers=[{"text": "toll"}]),
                ],
            },
        )
    )
    assert loaded.faults == ()
    toll = TOLL.strip()
    assert loaded.questions == (
        GoldQuestion(
            "a",
            "Who closed it?",
            gold=(GoldSpan("Velmora", 0, 6, paragraph=BRIDGE), GoldSpan("Velmora", 0, 13, paragraph=BRIDGE)),
            tags=("answerable", "who"),
            where="question a",
        ),
        GoldQuestion(
            "b",
            "How much was it in 1911?",
            gold=(GoldSpan("Velmora", 31, 41, paragraph=toll), GoldSpan("Velmora", 45, 49, paragraph=toll)),
            tags=("answerable", "how-many"),
            where="question b",
        ),
        GoldQuestion("3", "Which bank pays?", tags=("unanswerable", "which"), where="question 3"),
    )
    assert [toll[span.start : span.end] for span in loaded.questions[1].gold] == ["two crowns", "1911"]
    assert texts_of(loaded, tmp_path / "corpus") == {"Velmora.txt": f"{BRIDGE}\n\n{toll}"}


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("Who came?", "who"),
        ("To WHOM did she write?", "who"),
        ("Whose is it?", "who"),
        ("Who's there?", "who"),
        ("When and where did it happen?", "when"),
        ("In what year?", "what"),
        ("From where?", "where"),
        ("Why not?", "why"),
        ("Which one?", "which"),
        ("About how many came?", "how-many"),
        ("How  much?", "how-many"),
        ("How long?", "how"),
        ("Somewhat whole?", "other"),
        ("Name a city.", "other"),
    ],
)
def test_what_a_question_asks_with(question: str, asks: str) -> None:
    assert interrogative(question) == asks


TITLES = {
    "AC/DC": "AC-DC.txt",
    "ac-dc": "ac-dc-2.txt",
    "Ac@dC": "Ac-dC-3.txt",
    "../up": "-up.txt",
    ".hidden": "hidden.txt",
    "a\0\n\ud800b": "a---b.txt",
    "St. Gallen.": "St. Gallen.txt",
    "": "article.txt",
    "...": "article-2.txt",
    "Beyonc\u00e9": "Beyonc\u00e9.txt",
    "Beyonce\u0301": "Beyonce\u0301-2.txt",
    "東" * 200: "東" * 50 + ".txt",
    "C#": "C-.txt",
}


def test_titles_become_file_names_that_any_system_takes(tmp_path: Path) -> None:
    halved = [title for title in TITLES if "\ud800" in title]
    loaded = load(*(document({"context": f"Of number {n}."}, title=title) for n, title in enumerate(TITLES)))
    assert [where for where, _ in loaded.faults] == [f"article {1 + list(TITLES).index(title)}" for title in halved]
    written = texts_of(loaded, tmp_path / "corpus")
    assert written == {name: f"Of number {n}." for n, name in enumerate(TITLES.values())}
    sources, warns = scan(tmp_path / "corpus")
    ids = [article.id for source in sources for article in read_source(source)[0]]
    assert (sorted(ids), warns) == (sorted(name.removesuffix(".txt") for name in written), [])


def test_an_article_without_a_title_is_numbered(tmp_path: Path) -> None:
    loaded = load({"paragraphs": [{"context": BRIDGE}]}, {"paragraphs": [{"context": TOLL}]}, document(title="Empty"))
    assert (loaded.faults, loaded.questions) == ((), ())
    assert set(texts_of(loaded, tmp_path / "corpus")) == {"article 1.txt", "article 2.txt"}


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (
            "Who?",
            "question 1 in paragraph 1 of “Velmora”: it is a string; "
            'make it an object with "id", "question" and "answers"',
        ),
        (
            qa(None, "Who?", ("Brandt", 0)),
            'question 1 in paragraph 1 of “Velmora”: "id" is missing; add it, as a string',
        ),
        (
            qa("q", " ", ("Brandt", 0)),
            'question q: "question" is empty; ask something, for example "Who signed the letter?"',
        ),
        (qa("q", "Who?"), 'question q: "answers" is empty; add one, or make "is_impossible" true'),
        (
            qa("q", "Who?", ("Brandt", 0), is_impossible=True),
            'question q: "is_impossible" is true and "answers" has one; make it false, or empty "answers"',
        ),
        (qa("q", "Who?", is_impossible="yes"), 'question q: "is_impossible" is a string; make it true or false'),
        (
            qa("q") | {"answers": {"text": ["Brandt"], "answer_start": [0]}},
            'question q: "answers" is an object; make it a list of {"text", "answer_start"}',
        ),
        (
            qa("q") | {"answers": ["Brandt"]},
            'question q: answer 1: it is a string; make it an object with "text" and "answer_start"',
        ),
        (qa("q", "Who?", ("", 0)), 'question q: answer 1: "text" is missing; add it, as a string'),
        (
            qa("q") | {"answers": [{"text": "Brandt"}]},
            'question q: answer 1: "answer_start" is missing; make it a whole number, counted in characters',
        ),
        (
            qa("q") | {"answers": [{"text": "Brandt", "answer_start": "0"}]},
            'question q: answer 1: "answer_start" is a string; make it a whole number, counted in characters',
        ),
        (
            qa("q", "Who?", ("Brandt", 0), ("2016", 27)),
            'question q: answer 2: "text" “2016” is not at "answer_start" 27 (it is at 28); make it 28',
        ),
        (
            qa("q", "Who?", ("2016", -5)),
            'question q: answer 1: "text" “2016” is not at "answer_start" -5 (it is at 28); make it 28',
        ),
        (
            qa("q", "Who?", ("Anker", 0)),
            'question q: answer 1: "text" “Anker” is not at "answer_start" 0 '
            "(the context does not contain it); copy it from the context",
        ),
    ],
)
def test_a_question_that_does_not_fit(entry: object, fault: str) -> None:
    good = qa("good", "Who?", ("Brandt", 0))
    assert load(document({"context": BRIDGE, "qas": [good, entry]})).questions[0].id == "good"
    assert faults_of(entry) == [fault]


def test_the_nearest_place_of_an_answer_is_named() -> None:
    assert TOLL.count("two crowns") == 2
    for start, nearest in ((12, 14), (34, 33)):
        (fault,) = faults_of(qa("q", "How much?", ("two crowns", start)), context=TOLL)
        assert fault.endswith(f'is not at "answer_start" {start} (it is at {nearest}); make it {nearest}')


def test_an_id_stands_once() -> None:
    entry = qa(7, "Who?", ("Brandt", 0))
    assert faults_of(entry, qa("7", "Who?", ("Brandt", 0)), qa("8", "Who?", ("Brandt", 0))) == [
        'question 7: its "id" is used twice; give each question its own'
    ]


@pytest.mark.parametrize(
    ("article", "fault"),
    [
        (5, 'article 2: it has no list "paragraphs"; give it one, with a "context" and "qas" in each'),
        (document(title=5), 'article 2: "title" is a number; make it a string, or leave it out'),
        (
            {"title": "Tarn", "paragraphs": ["x"]},
            'paragraph 1 of “Tarn”: it is a string; make it an object with "context" and "qas"',
        ),
        (
            document({"qas": [qa()]}, title="Tarn"),
            'paragraph 1 of “Tarn”: "context" is missing or not a string; give it the paragraph\'s text',
        ),
        (
            document({"context": "a\0b"}, title="Tarn"),
            'paragraph 1 of “Tarn”: "context" contains a NUL character; remove it, and correct the offsets after it',
        ),
        (
            document({"context": "a\ud83d"}, title="Tarn"),
            'paragraph 1 of “Tarn”: "context" has half a character (a lone surrogate); write the whole character',
        ),
        (
            document({"context": "ab", "qas": {}}, title="Tarn"),
            'paragraph 1 of “Tarn”: "qas" is an object; make it a list of questions',
        ),
    ],
)
def test_an_article_that_does_not_fit(article: object, fault: str) -> None:
    loaded = load(document({"context": BRIDGE, "qas": [qa("q", "Who?", ("Brandt", 0))]}), article)
    assert [f"{where}: {message}" for where, message in loaded.faults] == [fault]
    assert [question.id for question in loaded.questions] == ["q"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            '{"data": 5}',
            "is not a SQuAD file: it has no list “data”: a SQuAD file is .*; a gold set with one question per line"
            " ends in .jsonl",
        ),
        ("[]", "is not a SQuAD file"),
        ('{"id": "a", "question": "Who?"}', "is not a SQuAD file"),
        ('{"data":\n[}', r"set\.json is not JSON \(Expecting value, line 2, column 2\): correct it; a SQuAD file is"),
        ('{"id": "a"}\n{"id": "b"}', r"set\.json is not JSON \(Extra data, line 2, column 1\): correct it"),
        ('{"data": [NaN]}', r"set\.json is not JSON \(NaN is not a JSON number\): write a number, or leave it out"),
        ("", r"set\.json is not JSON"),
        ('{"data": []}', r'set\.json has no questions: name one whose paragraphs have questions \("qas"\)'),
    ],
)
def test_a_json_file_that_is_no_squad(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "set.json"
    file.write_text(content)
    with pytest.raises(InputInvalid, match=message):
        sets.read(file, 60)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["", "ab", "Who?", "\ud800", "\0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw an object with some of the fields, each valid or arbitrary, or an arbitrary value."""
    return st.fixed_dictionaries({}, optional={name: field | JSON for name, field in fields.items()}) | JSON


TEXTS = st.sampled_from(["ab ab", " b", "Who?", "a"])
ANSWERS = some(text=TEXTS, answer_start=st.integers(-2, 5))
QAS = some(id=TEXTS, question=TEXTS, answers=st.lists(ANSWERS, max_size=2), is_impossible=st.booleans())
ARTICLES = some(title=TEXTS, paragraphs=st.lists(some(context=TEXTS, qas=st.lists(QAS, max_size=2)), max_size=2))


@settings(max_examples=300, deadline=None)
@given(document=some(data=st.lists(ARTICLES, max_size=2)))
def test_whatever_a_file_holds_is_taken_or_told(document: object) -> None:
    try:
        loaded = squad.read(json.dumps(document).encode(), "set.json", 60)
    except QuothError:
        return
    for where, fault in loaded.faults:
        assert (where + fault).isprintable()
        assert "; " in fault, "a fault has its remedy"
    for question in loaded.questions:
        for span in question.gold:
            assert 0 <= span.start < span.end <= len(span.paragraph)
            assert span.paragraph[span.start : span.end].strip() == span.paragraph[span.start : span.end]


def test_squad_part_a(tmp_path: Path) -> None:
    if not SQUAD.is_file():
        pytest.skip(f"{SQUAD.name} is not beside this checkout: a whole SQuAD file was not read")
    read = sets.read(SQUAD, 1000)
    articles = json.loads(SQUAD.read_bytes())["data"]
    assert read.sha256 == hashlib.sha256(SQUAD.read_bytes()).hexdigest()
    assert [question.id for question in read.questions] == [
        question["id"] for article in articles for paragraph in article["paragraphs"] for question in paragraph["qas"]
    ]
    assert sum(question.answerable for question in read.questions) == 1299
    assert read.corpus is not None
    (tmp_path / "corpus").mkdir()
    read.corpus(tmp_path / "corpus")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    posed, faults = pose(read, Generation.current(tmp_path / "index"))
    assert (len(posed), faults) == (2828, ())
    answers = {
        question["id"]: {answer["text"].strip() for answer in question["answers"]}
        for article in articles
        for paragraph in article["paragraphs"]
        for question in paragraph["qas"]
    }
    texts = {file.stem: file.read_bytes().decode() for file in (tmp_path / "corpus").iterdir()}
    for question in posed:
        assert {target.answer for target in question.targets} == answers[question.gold.id]
        assert all(texts[target.article][target.start : target.end] == target.answer for target in question.targets)
