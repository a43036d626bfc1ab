"""The page of an evaluation as it is written: what it says, and what it leaves out."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.evaluation.html.data import script_safe
from bot.evaluation.html.page import render
from bot.formats.visible import HIDDEN
from retrieval.evaluation.records import Comparison, Figure, Outcome, Report, Slice
from tests.bot.evaluation.html.sample import (
    ARTICLES,
    COMPARISON,
    FIGURES,
    HOSTILE,
    OUTCOMES,
    PROVENANCE,
    REPORT,
    outcome,
)

SILENT = {"script", "style", "title", "desc"}


class Read(HTMLParser):
    """The words of a page, and every element that it has."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self._open: list[str] = []
        self._words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        if tag in SILENT:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self._open.remove(tag)

    def handle_data(self, data: str) -> None:
        if not self._open:
            self._words.append(data)

    @property
    def text(self) -> str:
        """The words, white space collapsed."""
        return " ".join(" ".join(self._words).split())


def written(report: Report = REPORT, comparison: Comparison | None = None) -> str:
    """The words of the page."""
    return Read(render(report, comparison, ARTICLES.get)).text


def of(*outcomes: Outcome, figures: tuple[Figure, ...] = ()) -> Report:
    """A report of these questions and figures, and nothing else."""
    return Report(replace(REPORT.run, outcomes=outcomes), figures, (), None)


def test_the_head_says_what_was_measured() -> None:
    assert (
        "quoth eval mine.jsonl 8 questions, 6 that the corpus answers and 2 that it does not, asked in 0.2 s, on "
        "21 November 2026, 23:52 UTC . 3 right answers 2 wrong answers 1 false refusal 1 right refusal 1 false answer "
        "Corpus articles Model toy Index 0123456789ab Threshold 0.3 quoth 0.1.0 Settings in force top 3 threshold 0.3 "
        f"SHA-256 of the gold set {'0f' * 32}"
    ) in written()


def test_every_figure_stands_in_the_table_and_the_headline_ones_on_cards() -> None:
    text = written()
    assert "0.500 P@1 0.125 to 0.875 first quote holds the answer 0.953 R@10" in text
    assert "50.0 % false answers 0.0 to 100.0 unanswerable questions answered" in text
    assert "Speed p50 half of the questions take no longer 10.0 ms 9.0 to 30.0 8 p95" in text
    assert "plain 3 0.500 0.125 to 0.875 50.0 % 0.0 to 100.0 unanswerable 2 – 50.0 % 0.0 to 100.0" in text


def test_no_figure_is_shown_that_the_report_lacks() -> None:
    text = written(of(OUTCOMES[0], OUTCOMES[3]))
    for name in ("P@1", "AUROC", "p50", "p95", "exact"):
        assert name not in text


def test_quotes_that_are_no_exact_slices_stand_out() -> None:
    assert 'class="card bad"' not in render(REPORT, None, ARTICLES.get)
    broken = replace(FIGURES[3], value=0.999)
    assert 'class="card bad"' in render(of(OUTCOMES[0], figures=(broken,)), None, ARTICLES.get)


def test_what_cannot_be_drawn_is_said_in_a_sentence() -> None:
    text = written(of(OUTCOMES[0]))
    answers_all = "The corpus answers every question of this gold set, so there "
    assert "1 question, all of them answerable, asked" in text
    assert f"Risk against coverage {answers_all}is no risk to weigh against coverage." in text
    assert f"Confidence {answers_all}are no two kinds of questions to tell apart." in text
    assert "No question has a tag, so there are no figures by tag." in text
    text = written(of(OUTCOMES[3]))
    assert "Rank of the first right quote The corpus answers no question of this gold set, so no quote" in text


def test_a_gold_set_without_a_question_still_makes_a_page() -> None:
    assert "No question was asked, so none took any time." in written(of())


@pytest.mark.parametrize("threshold", [0.0, 0.91, 1.0])
def test_any_threshold_can_be_drawn(threshold: float) -> None:
    run = replace(REPORT.run, provenance=replace(PROVENANCE, threshold=threshold))
    page = render(replace(REPORT, run=run), None, ARTICLES.get)
    answered = f"At the threshold of {threshold:g}, 100.0 % of the questions are answered, 62.5 % of those wrongly."
    nothing = f"At the threshold of {threshold:g} nothing is answered."
    assert (nothing if threshold > 0.9 else answered) in Read(page).text
    assert not re.search(r'="(nan|inf|-)', page)


def test_differences_come_with_interval_p_and_verdict() -> None:
    text = written(comparison=COMPARISON)
    assert "Before: mine.jsonl, index ffffffffffff, measured on 21 November 2026, 23:52 UTC" in text
    assert "1 question left out because only one of the runs has it." in text
    assert "P@1 first quote 0.250 0.500 +0.250 +0.100 to +0.400 <0.001 ▲ gain 6" in text
    assert "false answers 20.0 % 50.0 % +30.0 points +10.0 to +50.0 0.030 ▼ loss 2" in text
    assert "R@10 0.950 0.950 0.000 −0.100 to +0.100 1.000 no difference shown 6" in text
    assert "Right now, wrong before 1 When was the lighthouse built? first quote and refusal" in text
    assert "Wrong now, right before 2 Who is the mayor? refusal What became of me? first quote" in text


def test_a_comparison_of_equal_runs_says_so() -> None:
    assert "No question is right in one run and wrong in the other." in written(
        comparison=replace(COMPARISON, flips=(), left_out=0)
    )


def test_nothing_is_loaded_and_nothing_escapes() -> None:
    hostile = replace(PROVENANCE, gold=HOSTILE, corpus=HOSTILE, model=HOSTILE, settings=((HOSTILE, HOSTILE),))
    report = Report(
        replace(REPORT.run, provenance=hostile), (replace(FIGURES[0], label=HOSTILE),), (Slice(HOSTILE, 1, ()),), None
    )
    page = render(report, COMPARISON, ARTICLES.get)
    names = Read(page).names
    assert names.count("script") == 2
    assert not {"img", "link", "iframe", "object", "embed"} & set(names)
    assert not re.search(r"""(src|style)=["']|@import|url\(|https?://""", page.replace(HOSTILE, ""))
    assert '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src' in page


def test_what_a_reader_could_not_see_is_written_out() -> None:
    hidden = "a\u202eb\u2028c\x1b\r\n d\ud800"
    provenance = replace(PROVENANCE, gold=hidden, corpus=hidden, made=hidden, settings=((hidden, hidden),))
    figure = replace(FIGURES[0], label=hidden, name=hidden, group=hidden)
    run = replace(REPORT.run, provenance=provenance, outcomes=(replace(OUTCOMES[0], tags=(hidden,)),))
    comparison = replace(
        COMPARISON,
        before=run,
        flips=(replace(COMPARISON.flips[0], question=hidden, what=hidden),),
        differences=(replace(COMPARISON.differences[0], label=hidden, name=hidden, group=hidden),),
    )
    report = Report(run, (figure, replace(FIGURES[4], name=hidden)), (Slice(hidden, 1, (figure,)),), None)
    above = render(report, comparison, ARTICLES.get).partition('<script type="application/json"')[0]
    assert not HIDDEN.search(above)
    assert above.count(r"a\u202eb c\x1b d\ud800") >= 15


@given(st.text(st.characters(codec=None), max_size=40))
def test_any_text_comes_back_from_the_json(text: str) -> None:
    page = render(of(replace(OUTCOMES[0], question=text, tags=(text,), id=text)), None, ARTICLES.get)
    page.encode()
    match = re.search('<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert match
    question = json.loads(match.group(1))["questions"][0]
    assert question.get("question", "") == text


def test_json_is_made_safe_without_a_change() -> None:
    value = ["</script>", "<!--", "\ud800", "\u2028", "\U0001f41d", "\x1b\x7f\x9b"]
    safe = script_safe(json.dumps(value, ensure_ascii=False))
    assert not set(safe) & set("<\x1b\x7f\x9b")
    assert json.loads(safe) == value


def test_a_context_is_kept_once_however_many_quotes_share_it() -> None:
    report = of(OUTCOMES[0])
    page = render(report, None, ARTICLES.get)
    again = render(replace(report, run=replace(report.run, outcomes=OUTCOMES[:1] * 100)), None, ARTICLES.get)
    assert page.count("Nobody lives in it.") == again.count("Nobody lives in it.") == 1


def test_a_question_that_found_nothing_has_a_row() -> None:
    report = of(outcome("q", "Anything?", answered=False, confidence=0.0, elapsed_ms=0.0))
    assert '"verdict":3,"rank":null,"confidence":0.0,"ms":0.0' in render(report, None, ARTICLES.get)
