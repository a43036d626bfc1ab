"""The reliability diagram, as it is drawn and as it is read out."""

from __future__ import annotations

import re

from bot.evaluation.html.page import render
from bot.evaluation.html.reliability import reliability
from retrieval.evaluation.records import Figure, ReliabilityBin
from tests.bot.evaluation.html.sample import ARTICLES, REPORT
from tests.bot.evaluation.html.test_page import Read, of

BINS = (
    ReliabilityBin(0.0, 0.1, 1200, 0.05, 0.01, 0.005, 0.017),
    ReliabilityBin(0.5, 0.6, 1, 0.55, 0.0, 0.0, 0.793),
    ReliabilityBin(0.9, 1.0, 90, 0.96, 0.9, 0.821, 0.947),
)
ERROR = Figure("ECE", "confidence", 0.0432, 0.0, 0.061, 1291)


def test_every_bin_is_drawn_and_said() -> None:
    chart = reliability(BINS, ERROR)
    meanings = [
        "confidence 0.0 to 0.1: 1,200 questions, 1.0 % right (0.5 to 1.7)",
        "confidence 0.5 to 0.6: 1 question, 0.0 % right (0.0 to 79.3)",
        "confidence 0.9 to 1.0: 90 questions, 90.0 % right (82.1 to 94.7)",
    ]
    assert re.findall("<title>(confidence.*)</title>", chart.drawing) == meanings
    assert f"{chart.text} {'; '.join(meanings)}.</desc>" in chart.drawing
    assert "over 1,291 questions, refused or not;" in chart.text
    assert chart.text.endswith("The average gap is 0.043 (ECE; 0.000 to 0.061).")
    labels = re.findall(r'<text class="(?:tick|mark)"[^>]*>([^<]*)</text>', chart.drawing)
    assert [words for words in labels if words in ("1,200", "1", "90", "low", "fair", "high")] == [
        *("1", "1,200", "1", "90", "high", "fair", "low")
    ]


def test_marks_stand_at_the_mean_confidence_and_the_share() -> None:
    drawing = reliability(BINS, None).drawing
    circles = [tuple(map(float, place)) for place in re.findall(r'cx="([\d.]+)" cy="([\d.]+)"', drawing)]
    assert circles == [(57.4, 208.4), (231.4, 210.0), (374.1, 64.2)]
    assert drawing.count('class="whisker"') == 3


def test_a_confidence_beyond_its_range_stays_in_the_drawing() -> None:
    (mark,) = re.findall(
        r'cx="([\d.-]+)"', reliability([ReliabilityBin(0.9, 1.0, 1, 7.0, 1.0, 0.2, 1.0)], None).drawing
    )
    assert float(mark) == 388.0


def test_the_page_has_it_beside_the_histogram_of_confidences() -> None:
    page = render(REPORT, None, ARTICLES.get)
    titles = re.findall(r'<figure class="panel">\n<h3>(.*)</h3>', page)
    assert titles[:2] == ["Confidence", "Reliability"]
    assert "The average gap is 0.343 (ECE; 0.120 to 0.410)." in Read(page).text


def test_without_a_question_there_is_nothing_to_check() -> None:
    text = Read(render(of(), None, ARTICLES.get)).text
    assert "Reliability No question was asked, so there is no confidence to check." in text
