"""quoth's own gold format: valid lines, and every fault by line, field and remedy."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.evaluation.gold.jsonl import EXAMPLE, PLACE, read
from retrieval.evaluation.records import GoldQuestion, GoldSpan

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LABEL = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=20).filter(str.strip)


def row(**fields: Any) -> str:
    return json.dumps({"id": "a", "question": "Who?"} | fields)


def faults_of(line: str | bytes) -> list[str]:
    """Return the faults of one line, which must be all there are, and leave no question."""
    loaded = read(line.encode() if isinstance(line, str) else line, 30)
    assert {where for where, _ in loaded.faults} <= {"line 1"}
    assert bool(loaded.questions) is not bool(loaded.faults)
    return [fault for _, fault in loaded.faults]


@st.composite
def spans(draw: st.DrawFn) -> GoldSpan:
    quote = draw(TEXT.filter(str.strip))
    answer = draw(st.sampled_from(["", quote, quote.split()[0]]))
    if draw(st.booleans()):
        start = draw(st.integers(0, 10**9))
        end = start + draw(st.integers(1, 10**6))
        return GoldSpan(draw(LABEL), start, end, answer, quote=draw(st.sampled_from(["", quote])))
    return GoldSpan(draw(LABEL), 0, 0, answer, quote=quote)


QUESTIONS = st.lists(
    st.builds(
        GoldQuestion,
        id=LABEL,
        question=LABEL.map(lambda text: f"Who {text}?"),
        history=st.lists(TEXT, max_size=3).map(tuple),
        gold=st.lists(spans(), max_size=3).map(tuple),
        tags=st.lists(LABEL, max_size=3, unique=True).map(tuple),
    ),
    min_size=1,
    max_size=5,
    unique_by=lambda question: question.id,
)


def written(question: GoldQuestion, *, full: bool) -> dict[str, Any]:
    """Return a question as a line's object, with every field if `full`, or else without empty optional ones."""
    entry: dict[str, Any] = {"id": question.id, "question": question.question}
    lists: dict[str, Any] = {"history": list(question.history), "tags": list(question.tags)}
    entry |= {name: value for name, value in lists.items() if full or value}
    entry |= {"answerable": question.answerable} if full else {}
    places = []
    for span in question.gold:
        place: dict[str, Any] = {"article": span.article}
        place |= {"start": span.start, "end": span.end} if span.end else {}
        place |= {"quote": span.quote} if full or span.quote else {}
        places.append(place | ({"answer": span.answer} if full or span.answer else {}))
    return entry | ({"gold": places} if full or places else {})


@settings(max_examples=150, deadline=None)
@given(
    questions=QUESTIONS, full=st.booleans(), ascii_only=st.booleans(), end=st.sampled_from([b"\n", b"\r\n", b"\n\n"])
)
def test_any_valid_questions_come_back_as_they_were(
    questions: list[GoldQuestion], full: bool, ascii_only: bool, end: bytes
) -> None:
    lines = [json.dumps(written(question, full=full), ensure_ascii=ascii_only).encode() for question in questions]
    loaded = read(b"\xef\xbb\xbf" + end.join(lines), 100)
    assert loaded.faults == ()
    step = end.count(b"\n")
    assert loaded.questions == tuple(
        GoldQuestion(
            question.id, question.question, question.history, question.gold, question.tags, f"line {1 + step * number}"
        )
        for number, question in enumerate(questions)
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
PLACES = st.fixed_dictionaries({}, optional=dict.fromkeys(("article", "start", "end", "quote", "answer"), JSON))
LINES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("id", "question", "history", "answerable", "gold", "tags"), JSON)
    | {"gold": JSON | st.lists(PLACES | JSON, max_size=2)},
)


@settings(max_examples=300, deadline=None)
@given(document=LINES | JSON)
def test_whatever_a_line_holds_is_taken_or_told(document: object) -> None:
    for fault in faults_of(json.dumps(document)):
        assert fault.isprintable()
        assert "; " in fault, "a fault has its remedy"


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=60))
def test_whatever_bytes_a_file_holds_are_taken_or_told(data: bytes) -> None:
    loaded = read(data, 100)
    assert loaded.questions == ()
    assert all("; " in fault for _, fault in loaded.faults)


def test_blank_fields_and_notes_are_left_out() -> None:
    line = row(id=7, history=None, answerable=None, gold=None, tags=["x", "y", "x"], note="?", comment=1, _mine=[])
    assert read(line.encode(), 100).questions == (GoldQuestion("7", "Who?", tags=("x", "y"), where="line 1"),)
    place = {"article": "m", "start": 1, "end": 2, "quote": " ", "answer": "\n", "note": "sure?", "_by": "me"}
    assert read(row(gold=[place]).encode(), 100).questions[0].gold == (GoldSpan("m", 1, 2),)


@pytest.mark.parametrize("answerable", [True, False])
def test_an_exported_candidate_is_taken_once_a_person_completed_it(answerable: bool) -> None:
    place = {"article": "storm", "start": 3, "end": 9, "quote": "quoted", "answer": ""}
    exported = {
        "id": "candidate-0a1b2c3d",
        "question": "Who?",
        "history": ["When?"],
        "answerable": answerable,
        "gold": [place] if answerable else [],
        "tags": ["candidate", "useful", "not-useful", "gap"],
    }
    assert faults_of(json.dumps(exported)) == []
    unfinished = exported | {"answerable": True, "gold": []}
    assert faults_of(json.dumps(unfinished)) == [
        f'"answerable" is true and "gold" has no place; add one, such as {PLACE}, or make it false'
    ]


AS = f"write one object per line, such as {EXAMPLE}"
WITHOUT = 'or give a "quote" without offsets'


@pytest.mark.parametrize(
    ("line", "faults"),
    [
        (b'{"id": "caf\xe9"}', ["it is not UTF-8 (byte 12); save the file as UTF-8"]),
        (b'{"id": "a"', [f"it is not JSON (Expecting ',' delimiter, column 11); {AS}"]),
        (b'{"id": NaN}', ["it is not JSON (NaN is not a JSON number); write a number, or leave it out"]),
        (b'{"id": -Infinity}', ["it is not JSON (-Infinity is not a JSON number); write a number, or leave it out"]),
        (b"[" * 100_000, [f"it is not JSON that can be read (a number or nesting too large); {AS}"]),
        (b"9" * 10_000, [f"it is not JSON that can be read (a number or nesting too large); {AS}"]),
        (b"[1]", [f"it is a list; write an object, such as {EXAMPLE}"]),
        (b"null", [f"it is null; write an object, such as {EXAMPLE}"]),
        (
            b'{"id": "a", "question": "Who?", "id": "b"}',
            ["it has the field “id” twice in one object; keep one of them"],
        ),
    ],
)
def test_a_line_that_is_no_object(line: bytes, faults: list[str]) -> None:
    assert faults_of(line) == faults


@pytest.mark.parametrize(
    ("fields", "faults"),
    [
        ({"id": None}, ['"id" is missing; add it, as a string']),
        ({"id": " "}, ['"id" is missing; add it, as a string']),
        ({"id": True}, ['"id" is true or false; make it a string or a whole number']),
        ({"id": 1.5}, ['"id" is a number with a point; make it a string or a whole number']),
        ({"id": "a\nb"}, ['"id" holds a line end or another control character; write it on one line']),
        ({"id": "\ud800"}, ['"id" has half a character (a lone surrogate); write the whole character']),
        ({"question": None}, ['"question" is missing; add it, as a string']),
        ({"question": ["Who?"]}, ['"question" is a list; make it a string']),
        ({"question": "  "}, ['"question" is empty; ask something, for example "Who signed the letter?"']),
        ({"question": "?!"}, ['"question" has no word in it; ask with words, for example "Who signed the letter?"']),
        (
            {"question": "W" * 31},
            [
                '"question" has 31 characters, and 30 are allowed; ask something shorter, '
                "or raise max_question in the settings"
            ],
        ),
        (
            {"question": "Who \udfff?"},
            ['"question" has half a character (a lone surrogate); write the whole character'],
        ),
        ({"history": "Who?"}, ['"history" is not a list of strings; list the earlier questions, or leave it out']),
        ({"history": ["Who?", 1]}, ['"history" is not a list of strings; list the earlier questions, or leave it out']),
        (
            {"history": ["Who?", "\ud800"]},
            ['"history 2" has half a character (a lone surrogate); write the whole character'],
        ),
        ({"tags": {"a": 1}}, ['"tags" is not a list of strings; list the tags, or leave it out']),
        ({"tags": ["a", ""]}, ['"tags" has an empty text; fill it, or leave it out']),
        ({"answerable": "yes"}, ['"answerable" is a string; make it true or false, or leave it out']),
        ({"gold": {"article": "m"}}, [f'"gold" is an object; make it a list of places, such as [{PLACE}]']),
        (
            {"answerable": False, "gold": [{"article": "m", "quote": "x"}]},
            ['"answerable" is false and "gold" has a place; make it true, or empty "gold"'],
        ),
        (
            {"answerabel": True},
            [
                '“answerabel” is not a field (did you mean "answerable"?); '
                'correct it, or begin it with "_" to keep it as a note'
            ],
        ),
        (
            {"zzz\x1b[2J": True},
            [
                "“zzz\ufffd[2J” is not a field (the fields are id, question, history, answerable, gold, tags); "
                'correct it, or begin it with "_" to keep it as a note'
            ],
        ),
        (
            {"id": 0.5, "question": 1, "tags": 1, "answerable": 1, "gold": "m"},
            [
                '"id" is a number with a point; make it a string or a whole number',
                '"question" is a number; make it a string',
                '"tags" is not a list of strings; list the tags, or leave it out',
                '"answerable" is a number; make it true or false, or leave it out',
                f'"gold" is a string; make it a list of places, such as [{PLACE}]',
            ],
        ),
    ],
)
def test_a_field_that_does_not_fit(fields: dict[str, object], faults: list[str]) -> None:
    assert faults_of(row(**fields)) == faults


@pytest.mark.parametrize(
    ("place", "faults"),
    [
        ("storm", [f"it is a string; make it an object, such as {PLACE}"]),
        (
            {},
            [
                '"article" is missing; add it, as a string',
                f'"quote" is missing, and so are "start" and "end"; copy the quote from the article, as in {PLACE}',
            ],
        ),
        (
            {"article": "m", "answer": "x", "quote": ""},
            [f'"quote" is missing, and so are "start" and "end"; copy the quote from the article, as in {PLACE}'],
        ),
        ({"article": 3, "quote": "x"}, ['"article" is a number; make it a string']),
        ({"article": "m", "quote": 3}, ['"quote" is a number; make it a string, or leave it out']),
        (
            {"article": "m", "quote": "\ud800x"},
            ['"quote" has half a character (a lone surrogate); write the whole character'],
        ),
        ({"article": "m", "quote": "x", "answer": []}, ['"answer" is a list; make it a string, or leave it out']),
        (
            {"article": "m", "quote": "Ann Lee signed.", "answer": "Ann  Li"},
            ['"answer" “Ann Li” is not in "quote"; copy it from there, or leave it out'],
        ),
        ({"article": "m", "start": 1}, ['"end" is missing; give both offsets, or a "quote" without them']),
        (
            {"article": "m", "end": 1, "quote": "x"},
            ['"start" is missing; give both offsets, or a "quote" without them'],
        ),
        (
            {"article": "m", "start": "1", "end": 2.0},
            [
                f'"start" is a string; make it a whole number, {WITHOUT}',
                f'"end" is a number with a point; make it a whole number, {WITHOUT}',
            ],
        ),
        ({"article": "m", "start": True, "end": 2}, [f'"start" is true or false; make it a whole number, {WITHOUT}']),
        ({"article": "m", "start": -1, "end": 2}, ['"start" is below 0; count characters from 0']),
        (
            {"article": "m", "start": 5, "end": 5},
            ['"end" is not after "start"; make it the offset after the last character'],
        ),
        (
            {"article": "m", "start": 0, "end": 0, "quote": "x"},
            ['"end" is not after "start"; make it the offset after the last character'],
        ),
        (
            {"articel": "m", "quote": "x"},
            [
                '“articel” is not a field (did you mean "article"?); '
                'correct it, or begin it with "_" to keep it as a note',
                '"article" is missing; add it, as a string',
            ],
        ),
    ],
)
def test_a_place_that_does_not_fit(place: object, faults: list[str]) -> None:
    assert faults_of(row(gold=[place])) == [f"gold 1: {fault}" for fault in faults]


def test_an_id_stands_once() -> None:
    lines = [row(id="1"), row(id=2), "", row(id=1), '{"id": "2"}', row(id="3")]
    loaded = read("\n".join(lines).encode(), 100)
    assert [question.id for question in loaded.questions] == ["1", "2", "3"]
    assert loaded.faults == (
        ("line 4", '"id" is “1”, as in line 1; give each question its own'),
        ("line 5", '"question" is missing; add it, as a string'),
        ("line 5", '"id" is “2”, as in line 2; give each question its own'),
    )


def test_an_answer_may_differ_from_its_quote_in_white_space_and_case() -> None:
    place = {"article": "m", "quote": "The  harbour\nBoard", "answer": "the harbour board"}
    assert faults_of(row(gold=[place])) == []
