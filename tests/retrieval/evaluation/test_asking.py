"""Asking gold questions of the toy corpus, and judging the answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from retrieval.answering.retriever import Candidate
from retrieval.engine import Engine, Trace
from retrieval.evaluation import asking, run_file
from retrieval.evaluation.measures import report
from retrieval.evaluation.records import GoldQuestion, GoldSpan, Outcome, Posed, RankedPassage, Target
from retrieval.records import Quote, Turn
from tests.retrieval.evaluation.builders import PROVENANCE
from tests.toy import ANSWERS, ARTICLES, SHARED_LINE, open_toy

FILES = {
    "bridge": "bridge.md",
    "harbour": "harbour.txt",
    "letters/mayor": "letters/mayor.md",
    "market": "market.txt",
    "clock-museum": "museum.md",
    "storm": "storm.txt",
}
WINDS = "Which curator winds them every Sunday?"
GALE = "What tore the roof off the ferry shed?"


@pytest.fixture
def engine(toy_index: Path) -> Engine:
    """Return an engine over the toy corpus."""
    return open_toy(toy_index)


def target(article: str, words: str, grade: int = 1) -> tuple[GoldSpan, Target]:
    """Return the place of these words in an article, as gold and as target."""
    start = ARTICLES[FILES[article]].index(words)
    span = GoldSpan(article, start, start + len(words), words, grade=grade)
    return span, Target(article, start, start + len(words), words)


def whole(article: str, grade: int = 1) -> tuple[GoldSpan, Target]:
    """Return an article that is relevant as a whole."""
    return GoldSpan(article, 0, 0, whole=True, grade=grade), Target(article, 0, 0, "", whole=True)


def posed(question: str, *gold: tuple[GoldSpan, Target], history: Sequence[str] = ()) -> Posed:
    """Return a question with its gold."""
    gold_question = GoldQuestion(question, question, tuple(history), tuple(span for span, _ in gold), ("who",))
    return Posed(gold_question, tuple(target for _, target in gold))


def ask_one(engine: Engine, question: str, *gold: tuple[GoldSpan, Target], history: Sequence[str] = ()) -> Outcome:
    """Ask one question and return its outcome."""
    (outcome,) = asking.ask_all(engine, [posed(question, *gold, history=history)], PROVENANCE).outcomes
    return outcome


def passages_of(engine: Engine, article: str) -> list[str]:
    """Return the ids of an article's passages."""
    row = engine.generation.row_of(article)
    assert row is not None
    return [f"{article}#{start}-{end}" for known, start, end in engine.generation.passages.tolist() if known == row]


def test_an_outcome_tells_what_the_engine_answered(engine: Engine) -> None:
    outcome = ask_one(engine, WINDS, target("clock-museum", "Osric Pell"))
    answer = engine.ask(WINDS)
    assert (outcome.id, outcome.question, outcome.history, outcome.tags) == (WINDS, WINDS, (), ("who",))
    assert outcome.targets == (target("clock-museum", "Osric Pell")[1],)
    assert (outcome.answered, outcome.confidence, outcome.searched) == (True, answer.confidence, WINDS)
    assert outcome.features == engine.trace(WINDS).features
    assert outcome.elapsed_ms > 0
    first = outcome.quotes[0]
    assert (first.text, first.ref, first.score) == (
        answer.quotes[0].text,
        answer.quotes[0].citation.ref,
        answer.quotes[0].score,
    )
    assert first.text == ARTICLES["museum.md"][first.start : first.end]
    assert (first.article, first.right, first.exact, outcome.rank) == ("clock-museum", True, True, 1)


def test_more_quotes_are_looked_at_than_shown_and_the_first_are_the_same(toy_index: Path) -> None:
    engine = open_toy(toy_index, replace(ANSWERS, least=0.0, top=2))
    outcome = ask_one(engine, WINDS)
    assert len(outcome.quotes) == asking.QUOTES
    refs = [quote.citation.ref for quote in engine.ask(WINDS).quotes]
    assert [quote.ref for quote in outcome.quotes[:2]] == refs
    many = open_toy(toy_index, replace(ANSWERS, least=0.0, top=12))
    assert len(many.ask(WINDS).quotes) == 12
    assert len(ask_one(many, WINDS).quotes) == asking.QUOTES


def test_an_abstention_keeps_its_quotes_and_judges_them(toy_index: Path) -> None:
    outcome = ask_one(
        open_toy(toy_index, replace(ANSWERS, threshold=1.01)), WINDS, target("clock-museum", "Osric Pell")
    )
    assert (outcome.answered, outcome.rank) == (False, 1)


def test_a_question_that_finds_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = replace(engine.ask(WINDS), quotes=(), answered=False, confidence=0.0)
    monkeypatch.setattr(engine, "trace", lambda *_, **__: Trace(answer, (), ()))
    outcome = ask_one(engine, WINDS, target("clock-museum", "Osric Pell"))
    assert (outcome.quotes, outcome.passages, outcome.features, outcome.rank) == ((), (), (), None)
    assert len(outcome.relevant) == 1


def trace_of(engine: Engine, monkeypatch: pytest.MonkeyPatch, *quotes: Quote) -> None:
    """Make the engine answer any question with these quotes."""
    answer = replace(engine.ask(WINDS), quotes=quotes)
    monkeypatch.setattr(engine, "trace", lambda *_, **__: Trace(answer, (0.5,), (Candidate(0, 0.5, 0.5, 0.0),)))


def quote_of(engine: Engine, article: str, words: str, *also_in: tuple[str, str]) -> Quote:
    """Return a quote of these words, with the other places that have them."""
    row = engine.generation.row_of(article)
    assert row is not None
    start = ARTICLES[FILES[article]].index(words)
    others = tuple(quote_of(engine, *place).citation for place in also_in)
    return Quote(words, engine.generation.cite(row, start, start + len(words), 1), 0.5, others)


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ("Curator Osric Pell winds them every Sunday", True),
        ("Osric Pell", True),
        ("Osric Pel", False),
        ("sric Pell winds", False),
        ("all of them wound by hand", False),
    ],
)
def test_right_is_covering_the_target(engine: Engine, monkeypatch: pytest.MonkeyPatch, words: str, right: bool) -> None:
    trace_of(engine, monkeypatch, quote_of(engine, "clock-museum", words))
    judged = ask_one(engine, WINDS, target("storm", "161 kilometres"), target("clock-museum", "Osric Pell"))
    assert judged.quotes[0].right is right
    assert not ask_one(engine, WINDS).quotes[0].right


def test_the_same_offsets_of_another_article_are_wrong(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    span, place = target("clock-museum", "Osric Pell")
    trace_of(engine, monkeypatch, quote_of(engine, "clock-museum", "Curator Osric Pell winds them"))
    assert not ask_one(engine, WINDS, (replace(span, article="storm"), replace(place, article="storm"))).quotes[0].right


def test_a_line_that_two_articles_print_is_right_for_either(engine: Engine) -> None:
    for article in ("harbour", "storm"):
        outcome = ask_one(engine, GALE, target(article, "The gale of 9 March"))
        assert [quote.right for quote in outcome.quotes][:1] == [True], article
    assert {outcome.quotes[0].article for outcome in [ask_one(engine, GALE)]} < {"harbour", "storm"}


def test_a_line_printed_elsewhere_counts_only_with_the_answer_in_it(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other article's line covers the target, but the quote does not contain the answer."""
    elsewhere = ("storm", SHARED_LINE)
    trace_of(
        engine,
        monkeypatch,
        quote_of(engine, "harbour", SHARED_LINE, elsewhere),
        quote_of(engine, "harbour", "No sailor lost his life that night.", elsewhere),
    )
    assert [quote.right for quote in ask_one(engine, GALE, target("storm", "eleven fishing boats")).quotes] == [
        True,
        False,
    ]


def test_white_space_does_not_tell_answers_apart(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    trace_of(engine, monkeypatch, quote_of(engine, "harbour", SHARED_LINE, ("storm", SHARED_LINE)))
    span, place = target("storm", "eleven fishing boats")
    assert ask_one(engine, GALE, (span, replace(place, answer="eleven\nfishing  boats"))).quotes[0].right


def test_whole_articles_are_judged_by_article(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    outcome = ask_one(engine, GALE, whole("storm", 2), whole("bridge"), whole("storm"))
    assert outcome.relevant == (("storm", 2), ("bridge", 1))
    ids = [passage.id for passage in outcome.passages]
    assert sorted(ids) == sorted(FILES)
    best = {passage.id: passage.score for passage in outcome.passages}
    candidates = engine.trace(GALE, depth=100).candidates
    assert best[ids[0]] == candidates[0].score
    assert [passage.score for passage in outcome.passages] == sorted(best.values(), reverse=True)
    assert [quote.right for quote in outcome.quotes] == [
        quote.article in ("storm", "bridge") for quote in outcome.quotes
    ]
    trace_of(engine, monkeypatch, quote_of(engine, "harbour", SHARED_LINE, ("storm", SHARED_LINE)))
    assert not ask_one(engine, GALE, whole("storm")).quotes[0].right


def test_passages_are_ranked_as_the_engine_ranks_them(engine: Engine) -> None:
    outcome = ask_one(engine, WINDS, target("clock-museum", "Osric Pell"))
    known = [f"{engine.generation.ref(a).article}#{s}-{e}" for a, s, e in engine.generation.passages.tolist()]
    candidates = engine.trace(WINDS, depth=100).candidates
    assert outcome.passages == tuple(RankedPassage(known[candidate.row], candidate.score) for candidate in candidates)
    assert len(outcome.passages) == len(known) > 10
    assert outcome.relevant == ((outcome.passages[0].id, 1),)


def test_the_depth_never_widens_the_search(toy_index: Path) -> None:
    """Each search returns three passages: to rank more, it would have to search wider than for a user's question."""
    engine = open_toy(toy_index, replace(ANSWERS, pool=3, candidates=2))
    outcome = ask_one(engine, WINDS)
    assert len(outcome.passages) == 3
    assert [quote.ref for quote in outcome.quotes[:3]] == [
        displayed.citation.ref for displayed in engine.ask(WINDS).quotes
    ]


def test_relevant_passages_are_those_that_cover_a_target_else_overlap_it(engine: Engine) -> None:
    first, second, *_ = passages_of(engine, "bridge")
    cut = int(first.split("-")[-1])
    inside = (GoldSpan("bridge", cut - 9, cut - 4, grade=3), Target("bridge", cut - 9, cut - 4, ""))
    across = (GoldSpan("bridge", cut - 9, cut + 9), Target("bridge", cut - 9, cut + 9, ""))
    front = (GoldSpan("bridge", 0, 3), Target("bridge", 0, 3, ""))
    assert ask_one(engine, WINDS, inside).relevant == ((first, 3),)
    assert ask_one(engine, WINDS, across).relevant == ((first, 1), (second, 1))
    assert ask_one(engine, WINDS, across, inside, across).relevant == ((first, 3), (second, 1))
    assert ask_one(engine, WINDS, front).relevant == ()
    assert ask_one(engine, WINDS).relevant == ()


def test_history_is_asked_as_earlier_turns(engine: Engine) -> None:
    history = ("Who wrote to all households?", WINDS)
    outcome = ask_one(engine, "And when?", target("clock-museum", "every Sunday"), history=history)
    answer = engine.ask("And when?", [Turn(question) for question in history])
    assert outcome.history == history
    assert outcome.searched == answer.searched != "And when?"


def test_a_quote_that_is_not_its_source_is_told(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    good = quote_of(engine, "harbour", SHARED_LINE)
    cited = good.citation
    bent = [
        replace(good, text=SHARED_LINE.replace("tore", "took")),
        replace(good, text=SHARED_LINE + " "),
        replace(good, citation=replace(cited, start=cited.start + 1)),
        replace(good, citation=replace(cited, sha256="0" * 64)),
        replace(good, citation=replace(cited, article="harbor")),
    ]
    elsewhere = quote_of(engine, "storm", SHARED_LINE).citation
    bent += [
        replace(good, also_in=(elsewhere, replace(elsewhere, end=elsewhere.end - 2))),
        replace(good, also_in=(replace(elsewhere, sha256="0" * 64),)),
    ]
    trace_of(engine, monkeypatch, replace(good, also_in=(elsewhere,)), *bent)
    assert [quote.exact for quote in ask_one(engine, GALE).quotes] == [True] + [False] * 7


def test_a_run_keeps_the_order_and_tells_its_progress(engine: Engine, tmp_path: Path) -> None:
    progress = list[tuple[int, int]]()
    questions = [posed(GALE, target("storm", "gale")), posed(WINDS), posed("Who is exempt from the toll?")]
    run = asking.ask_all(engine, questions, PROVENANCE, lambda step, total: progress.append((step, total)))
    assert [entry.id for entry in run.outcomes] == [entry.gold.id for entry in questions]
    assert progress == [(1, 3), (2, 3), (3, 3)]
    assert run.provenance is PROVENANCE
    assert run.seconds >= sum(entry.elapsed_ms for entry in run.outcomes) / 1000 - 0.001
    run_file.write(tmp_path / "run.json", report.report(run))
    assert run_file.read(tmp_path / "run.json") == run


def test_an_interruption_passes_through(engine: Engine) -> None:
    def stop(_step: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asking.ask_all(engine, [posed(WINDS)], PROVENANCE, stop)


def test_no_question_is_no_outcome(engine: Engine) -> None:
    run = asking.ask_all(engine, [], PROVENANCE)
    assert (run.outcomes, run.seconds) == ((), 0.0)
