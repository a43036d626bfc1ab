"""Locating gold spans in an index, and reporting those that are not there."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from retrieval.errors import GoldInvalid
from retrieval.evaluation.gold import sets
from retrieval.evaluation.gold.sets import GoldSet
from retrieval.evaluation.gold.targets import pose
from retrieval.evaluation.records import GoldQuestion, GoldSpan, Posed, Target
from retrieval.index.generation import Generation
from retrieval.remedies import SkipBadQuestions
from tests.benchmarks.common import GOLD, SEEDS
from tests.toy import SHARED_LINE, build_toy

WALL = "Chairman Piet Anker said the old wall dates from 1911 and was never meant for such waves."
PELL = "Curator Osric Pell winds them every Sunday between six\nand nine."


@pytest.fixture(scope="module")
def generation(toy_index: Path) -> Generation:
    return Generation.current(toy_index)


def text_of(generation: Generation, id_: str) -> str:
    row = generation.row_of(id_)
    assert row is not None
    return generation.article(row).text


def asking(*spans: GoldSpan, id_: str = "a", where: str = "line 1") -> GoldQuestion:
    return GoldQuestion(id_, "Who?", gold=spans, where=where)


def posed(generation: Generation, *spans: GoldSpan) -> Posed:
    """Pose one question, without faults."""
    questions, faults = pose(GoldSet("set", "", (asking(*spans),)), generation)
    assert (len(questions), faults) == (1, ())
    assert len(questions[0].targets) == len(questions[0].gold.gold)
    return questions[0]


def fault_of(generation: Generation, span: GoldSpan) -> str:
    """Return the fault of a span."""
    with pytest.raises(GoldInvalid) as caught:
        pose(GoldSet("set", "", (asking(span),)), generation)
    ((where, fault),) = caught.value.faults
    assert where == "line 1"
    return fault


def test_the_target_of_a_span_is_its_answer_or_the_whole_of_it(generation: Generation) -> None:
    at = text_of(generation, "harbour").index(WALL)
    span = GoldSpan("harbour", at, at + len(WALL))
    exact = GoldSpan("harbour", at, at + len(WALL), "Piet Anker", quote=WALL)
    other_case = GoldSpan("harbour", at, at + len(WALL), "the OLD wall")
    question = posed(generation, span, exact, other_case)
    assert question.gold.gold == (span, exact, other_case)
    old = at + WALL.index("the old wall")
    assert question.targets == (
        Target("harbour", at, at + len(WALL), WALL),
        Target("harbour", at + 9, at + 19, "Piet Anker"),
        Target("harbour", old, old + 12, "the old wall"),
    )


def test_the_exact_answer_comes_before_an_earlier_one_in_other_letters(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("The MAY fair was in May, and in May again.\n")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    question = posed(Generation.current(tmp_path / "index"), GoldSpan("a", 0, 42, "May"))
    assert question.targets == (Target("a", 20, 23, "May"),)


def test_white_space_around_a_span_need_not_be_covered(generation: Generation) -> None:
    at = text_of(generation, "clock-museum").index(PELL)
    wide = GoldSpan("clock-museum", at - 1, at + len(PELL) + 2)
    assert posed(generation, wide).targets == (Target("clock-museum", at, at + len(PELL), PELL),)


def test_a_quote_without_offsets_is_gold_wherever_it_stands(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    text = "---\ntitle: The heron came.\n---\nThe heron came. Nobody saw it. The heron came.\n"
    (tmp_path / "corpus" / "a.md").write_text(text)
    build_toy(tmp_path / "corpus", tmp_path / "index")
    question = posed(Generation.current(tmp_path / "index"), GoldSpan("a", 0, 0, "heron", quote="The heron came."))
    first, second = 31, 62
    assert [(span.start, span.end) for span in question.gold.gold] == [(first, first + 15), (second, second + 15)]
    assert question.targets == tuple(Target("a", at + 4, at + 9, "heron") for at in (first, second))


def test_a_quote_without_offsets_may_be_broken_otherwise(generation: Generation) -> None:
    at = text_of(generation, "clock-museum").index(PELL)
    typed = GoldSpan("clock-museum", 0, 0, quote=" curator Osric Pell winds them every Sunday between six and nine. ")
    question = posed(generation, typed)
    assert question.targets == (Target("clock-museum", at, at + len(PELL), PELL),)


def test_equal_targets_are_one(generation: Generation) -> None:
    at = text_of(generation, "harbour").index(WALL)
    quoted = GoldSpan("harbour", 0, 0, quote=WALL)
    question = posed(generation, GoldSpan("harbour", at, at + len(WALL)), quoted)
    assert question.targets == (Target("harbour", at, at + len(WALL), WALL),)
    assert question.gold.gold == (GoldSpan("harbour", at, at + len(WALL)),)


def test_a_question_without_gold_is_asked(generation: Generation) -> None:
    assert posed(generation) == Posed(asking(), ())


def test_a_whole_article_is_its_own_target(generation: Generation) -> None:
    span = GoldSpan("letters/mayor", 0, 0, whole=True, grade=3)
    assert posed(generation, span) == Posed(asking(span), (Target("letters/mayor", 0, 0, "", whole=True),))


@pytest.mark.parametrize("name", ["harbour", "Harbour wall_to-be raised, after the storm", "nothing of the kind"])
def test_a_paragraph_is_found_by_its_articles_name_or_anywhere(generation: Generation, name: str) -> None:
    at = text_of(generation, "harbour").index(WALL)
    question = posed(generation, GoldSpan(name, 9, 19, paragraph=WALL))
    assert question.gold.gold == (GoldSpan("harbour", at + 9, at + 19),)
    assert question.targets == (Target("harbour", at + 9, at + 19, "Piet Anker"),)


def test_a_paragraph_of_two_articles_is_the_named_ones_or_both(generation: Generation) -> None:
    assert [target.article for target in posed(generation, GoldSpan("storm", 0, 8, paragraph=SHARED_LINE)).targets] == [
        "storm"
    ]
    both = posed(generation, GoldSpan("sea", 0, 8, paragraph=SHARED_LINE)).targets
    assert [(target.article, target.answer) for target in both] == [("harbour", "The gale"), ("storm", "The gale")]


def test_a_paragraph_of_front_matter_is_none(generation: Generation) -> None:
    heading = "Velmora gets its bridge back"
    assert text_of(generation, "bridge").count(heading) == 1
    for name in ("bridge", "x"):
        assert "is in no article of the index" in fault_of(generation, GoldSpan(name, 0, 7, paragraph=heading))


def test_a_paragraph_does_not_run_from_one_article_into_the_next(generation: Generation) -> None:
    texts = generation.searchable
    end = texts.start(1)
    joined = texts.bytes[end - 20 : end + 20].decode()
    assert "is in no article of the index" in fault_of(generation, GoldSpan("x", 0, 5, paragraph=joined))


@pytest.mark.parametrize(
    ("span", "fault"),
    [
        (
            GoldSpan("harbor.txt", 0, 0, quote=WALL),
            '"article" “harbor.txt” is not in the index (did you mean “harbour”?); correct it, or index the article',
        ),
        (
            GoldSpan("The museum of clock", 3, 4),
            '"article" “The museum of clock” is not in the index (did you mean “clock-museum”?); '
            "correct it, or index the article",
        ),
        (
            GoldSpan("xyz", 3, 4),
            '"article" “xyz” is not in the index (an id is a path in the corpus folder, without extension); '
            "correct it, or index the article",
        ),
        (GoldSpan("storm", 5, 9999), '"end" is 9999, and “storm” has 352 characters; correct the offsets'),
        (
            GoldSpan("clock-museum", 4, 8),
            '"start" is 4, in the front matter, which ends at 53 and is never quoted; name a place after it',
        ),
        (
            GoldSpan("storm", 0, 4, quote="Insurers counted"),
            '"quote" is “Insurers counted”, and from 0 to 4 “storm” has “What”; set "start" to 28 and "end" to 44',
        ),
        (
            GoldSpan("storm", 0, 100, quote="No such words"),
            '"quote" is “No such words”, and from 0 to 100 “storm” has '
            "“What the storm left behind Insurers counted the damage for …”; copy it from the article",
        ),
        (
            GoldSpan("storm", 0, 44, quote="What the storm left behind Insurers counted"),
            '"quote" “What the storm left behind Insurers counted” differs in its white space from 0 to 44 of “storm”; '
            "copy it with its line ends, or leave it out",
        ),
        (
            GoldSpan("storm", 0, 44, quote="What the storm left behind\n\nInsurers counts"),
            '"quote" is “…hind Insurers counts”, and from 0 to 44 “storm” has “…hind Insurers counted”; '
            "copy it from the article",
        ),
        (
            GoldSpan("storm", 28, 44, quote="insurers counted"),
            '"quote" is “insurers counted”, and from 28 to 44 “storm” has “Insurers counted”; copy it from the article',
        ),
        (GoldSpan("storm", 26, 28), "from 26 to 28 there is only white space; correct the offsets"),
        (
            GoldSpan("storm", 28, 66, "Piet Anker"),
            '"answer" “Piet Anker” is not in “Insurers counted the damage for a mont”; '
            "copy it from there, or leave it out",
        ),
        (
            GoldSpan("storm", 0, 0, quote=WALL),
            '"quote" “Chairman Piet Anker said the old wall dates from 1911 and w…” is not in “storm”, '
            "but in “harbour”; name that article",
        ),
        (
            GoldSpan(
                "harbour", 0, 0, quote="Piet Anker said the old wall is from 1911 and never meant for such waves."
            ),
            '"quote" “Piet Anker said the old wall is from 1911 and never meant f…” is not in “harbour” '
            "(the nearest is “Chairman Piet Anker said the old wall dates from 1911 and w…”); "
            "copy it from the article, character for character",
        ),
        (
            GoldSpan("harbour", 0, 0, quote="zzz"),
            '"quote" “zzz” is not in “harbour”; copy it from the article, character for character',
        ),
    ],
)
def test_a_place_that_is_not_there(generation: Generation, span: GoldSpan, fault: str) -> None:
    assert fault_of(generation, span) == f"gold 1: {fault}"


def test_a_judged_article_or_a_paragraph_that_is_not_there(generation: Generation) -> None:
    assert fault_of(generation, GoldSpan("MED-1", 0, 0, whole=True)) == (
        "the qrels judge the article “MED-1”, which the index does not have; "
        "index the corpus that was judged, or remove the judgment"
    )
    twice = (GoldSpan("x", 0, 3, paragraph="Not here."), GoldSpan("x", 4, 8, paragraph="Not here."))
    with pytest.raises(GoldInvalid) as caught:
        pose(GoldSet("set", "", (asking(*twice),)), generation)
    assert caught.value.faults == (
        (
            "line 1",
            "its paragraph “Not here.” is in no article of the index; "
            "use the gold set's own corpus, or one that has the paragraph word for word",
        ),
    )


def test_all_faults_are_told_at_once_by_the_lines_of_the_file(tmp_path: Path, generation: Generation) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_text(
        '{"id": "1", "question": "Who?", "gold": '
        '[{"article": "storm", "quote": "zzz"}, {"article": "xyz", "quote": "x"}]}\n'
        "\n"
        '{"id": "2", "question": "Who?", "gold": [{"article": "storm", "start": 0, "end": 4, "answer": "This"}]}\n'
        '{"id": "3", "question": "Who?", "gold": [{"article": "storm", "start": 0, "end": 4}]}\n'
        '{"id": "4", "question": "Who?"}\n'
    )
    read = sets.read(file, 100)
    with pytest.raises(GoldInvalid) as caught:
        pose(read, generation)
    lines = str(caught.value).splitlines()
    assert lines[0] == "The gold set gold.jsonl has 3 faults, so nothing was asked:"
    assert caught.value.remedies == (SkipBadQuestions(2),)
    assert [line[:30] for line in lines[1:]] == [
        '  line 1: gold 1: "quote" “zzz',
        '  line 1: gold 2: "article" “x',
        '  line 3: gold 1: "answer" “Th',
    ]
    questions, faults = pose(read, generation, skip_bad=True)
    assert [question.gold.id for question in questions] == ["3", "4"]
    assert [f"  {fault}." for fault in faults] == lines[1:]


def test_nothing_good_left_is_an_error_all_the_same(generation: Generation) -> None:
    bad = GoldSet("set", "", (asking(GoldSpan("storm", 0, 0, quote="zzz")),))
    with pytest.raises(GoldInvalid, match="set has a fault, so nothing was asked:\n"):
        pose(bad, generation, skip_bad=True)


def test_judgments_of_articles_that_are_not_there_are_left_out_alone(generation: Generation) -> None:
    there, gone = GoldSpan("storm", 0, 0, whole=True), GoldSpan("gone", 0, 0, whole=True)
    read = GoldSet("set", "", (asking(gone, there), asking(gone, id_="b", where="line 2")))
    questions, faults = pose(read, generation, skip_bad=True)
    assert questions == (Posed(asking(there), (Target("storm", 0, 0, "", whole=True),)),)
    assert [fault.split(":")[0] for fault in faults] == ["line 1", "line 2"]


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_place_of_the_corpus_can_be_gold(data: st.DataObject, generation: Generation) -> None:
    article = generation.article(data.draw(st.integers(0, 5)))
    start = data.draw(st.integers(article.body, len(article.text) - 1))
    end = data.draw(st.integers(start + 1, len(article.text)))
    quote = article.text[start:end]
    assume(quote.strip())
    word = data.draw(st.sampled_from(quote.split()))
    placed = posed(generation, GoldSpan(article.id, start, end, word, quote=quote))
    (target,) = placed.targets
    assert start <= target.start == article.text.index(word, start) < target.end <= end
    assert article.text[target.start : target.end] == target.answer == word
    searched = posed(generation, GoldSpan(article.id, 0, 0, quote=quote))
    stripped = start + len(quote) - len(quote.lstrip()), start + len(quote.rstrip())
    assert all(article.text[target.start : target.end] == quote.strip() for target in searched.targets)
    others = [(target.start, target.end) for target in searched.targets]
    assert stripped in others or any(first < stripped[1] and stripped[0] < last for first, last in others)


def test_every_line_of_the_seeds_gold_is_found(tmp_path: Path) -> None:
    build_toy(SEEDS, tmp_path / "index")
    generation = Generation.current(tmp_path / "index")
    read = sets.read(GOLD, 1000)
    questions, faults = pose(read, generation)
    assert (faults, [question.gold for question in questions]) == ((), list(read.questions))
    for question in questions:
        for span, target in zip(question.gold.gold, question.targets, strict=True):
            assert text_of(generation, target.article)[target.start : target.end] == target.answer == span.answer
            assert span.start <= target.start < target.end <= span.end


def test_a_field_of_front_matter_that_is_quoted_may_be_named(tmp_path: Path) -> None:
    text = "---\nauthor: Ana Roe\ntitle: Boats\n---\nThe ferry leaves at nine.\n"
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "boats.md").write_text(text, "utf-8")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    generation = Generation.current(tmp_path / "index")
    author, title = text.index("Ana"), text.index("Boats")
    assert [target.answer for target in posed(generation, GoldSpan("boats", author, author + 7)).targets] == ["Ana Roe"]
    assert "never quoted" in fault_of(generation, GoldSpan("boats", title, title + 5))
