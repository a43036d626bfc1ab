"""The page of an evaluation in a real browser: Chromium, without a window and without a network."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from bot.evaluation.html.page import render
from retrieval.evaluation.records import Comparison, Report
from tests.bot.evaluation.html.sample import ARTICLES, COMPARISON, HOSTILE, OUTCOMES, PROVENANCE, REPORT, many

CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium")

WATCH = """
window.breaches = [];
addEventListener("securitypolicyviolation", (event) => breaches.push(event.effectiveDirective));
addEventListener("error", (event) => breaches.push(event.message));
"""


@dataclass(slots=True)
class Opened:
    """The page in a window, and everything that it logged or requested."""

    page: Page
    messages: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)

    @property
    def rows(self) -> Locator:
        """The rows that are in the page."""
        return self.page.locator("#table tr.row")

    def column(self, name: str) -> list[str]:
        """What a column shows, row by row."""
        return self.page.locator(f"#table tr.row .{name}").all_inner_texts()

    @property
    def places(self) -> list[int]:
        """The questions shown, by their place in the gold set."""
        return [int(text) for text in self.page.locator("#table tr.row .place").all_text_contents()]

    @property
    def count(self) -> str:
        """What the page says about how many rows it shows."""
        return self.page.locator("#count").inner_text()

    def sort(self, column: str) -> None:
        """Press the head of a column."""
        self.page.locator(f'button[data-column="{column}"]').click()

    def open(self, place: int) -> Locator:
        """Open the question at this place of the gold set and return its details."""
        self.rows.filter(has=self.page.locator(f'.place:text-is("{place}")')).locator(".question button").click()
        return self.page.locator(f"#detail-{place}")


Opening = Callable[..., Opened]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests here."""
    with sync_playwright() as playwright:
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=root)
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def reader(browser: Browser) -> Opened:
    """One window, in which test after test opens its page."""
    seen = Opened(browser.new_page())
    seen.page.set_default_timeout(10_000)
    seen.page.on("console", lambda message: seen.messages.append(message.text))
    seen.page.on("pageerror", lambda error: seen.messages.append(str(error)))
    seen.page.on("request", lambda request: seen.requested.append(request.url))
    seen.page.add_init_script(WATCH)
    return seen


@pytest.fixture
def opening(reader: Opened, tmp_path: Path) -> Iterator[Opening]:
    """Opens a page from a file; anything that it logs or requests fails the test in the end."""
    file = tmp_path / "report.html"

    def opened(
        report: Report = REPORT, comparison: Comparison | None = None, *, width: int = 1280, dark: bool = False
    ) -> Opened:
        file.write_text(render(report, comparison, ARTICLES.get), "utf-8")
        reader.messages.clear()
        reader.requested.clear()
        reader.page.set_viewport_size({"width": width, "height": 740})
        reader.page.emulate_media(color_scheme="dark" if dark else "light")
        reader.page.goto(file.as_uri())
        return reader

    yield opened
    assert reader.page.evaluate("new Promise((done) => setTimeout(() => done(breaches)))") == []
    assert reader.messages == []
    assert reader.requested == [file.as_uri()]


def test_every_question_is_in_the_table_in_its_order(opening: Opening) -> None:
    seen = opening()
    assert seen.count == "8 questions"
    assert seen.places == [1, 2, 3, 4, 5, 6, 7, 8]
    assert seen.column("outcome") == [
        *("right answer", "wrong answer", "false refusal", "right refusal", "false answer"),
        *("right answer", "right answer", "wrong answer"),
    ]
    assert seen.column("rank") == ["1", "4", "–", "–", "–", "1", "1", "–"]
    assert seen.rows.nth(1).locator("th, td").all_inner_texts() == [
        *("2", "How many boats were lost?", "plain", "yes", "wrong answer", "4", "0.600", "100.0")
    ]


@pytest.mark.parametrize(
    ("column", "rising", "falling"),
    [
        ("ms", [4, 1, 6, 7, 3, 5, 8, 2], [2, 8, 5, 3, 6, 7, 1, 4]),
        ("rank", [1, 6, 7, 2, 3, 4, 5, 8], [2, 1, 6, 7, 3, 4, 5, 8]),
        ("confidence", [4, 3, 5, 8, 2, 7, 6, 1], [1, 6, 7, 2, 8, 5, 3, 4]),
        ("question", [7, 3, 2, 8, 1, 6, 5, 4], [4, 5, 6, 1, 8, 2, 3, 7]),
        ("tags", [6, 8, 7, 3, 4, 5, 2, 1], [1, 2, 5, 4, 3, 7, 6, 8]),
        ("answerable", [1, 2, 3, 6, 7, 8, 4, 5], [4, 5, 1, 2, 3, 6, 7, 8]),
        ("verdict", [1, 6, 7, 2, 8, 3, 4, 5], [5, 4, 3, 2, 8, 1, 6, 7]),
    ],
)
def test_a_column_sorts_both_ways_and_equals_keep_their_order(
    opening: Opening, column: str, rising: list[int], falling: list[int]
) -> None:
    seen = opening()
    head = seen.page.locator(f"th.{column}-head")
    seen.sort(column)
    assert (seen.places, head.get_attribute("aria-sort")) == (rising, "ascending")
    seen.sort(column)
    assert (seen.places, head.get_attribute("aria-sort")) == (falling, "descending")
    assert seen.page.locator('th[aria-sort="none"]').count() == 7


def test_a_second_column_sorts_within_the_first(opening: Opening) -> None:
    seen = opening()
    seen.sort("ms")
    seen.sort("ms")
    seen.sort("answerable")
    assert seen.places == [2, 8, 3, 6, 7, 1, 5, 4]


def test_filters_work_together_and_the_count_follows(opening: Opening) -> None:
    seen = opening()
    seen.page.get_by_label("Search").fill("WHO the")
    assert (seen.count, seen.places) == ("3 of 8 questions", [3, 4, 5])
    seen.page.get_by_label("Tag", exact=True).select_option(label="plain (3)")
    assert (seen.count, seen.places) == ("1 of 8 questions", [5])
    seen.page.get_by_label("Search").fill("")
    assert seen.places == [1, 2, 5]
    seen.page.get_by_label("Outcome", exact=True).select_option("wrong")
    assert (seen.count, seen.places) == ("1 of 8 questions", [2])
    seen.page.get_by_label("Search").fill("nothing like it")
    assert seen.count == "0 of 8 questions"
    assert seen.page.locator("#table tbody").inner_text() == "No question matches these filters."
    seen.page.get_by_role("button", name="Clear").click()
    assert (seen.count, len(seen.places)) == ("8 questions", 8)


def test_an_answer_or_an_id_is_found_too(opening: Opening) -> None:
    seen = opening()
    for typed, places in (("1874", [1]), ("q5", [5]), ("who built it", [3])):
        seen.page.get_by_label("Search").fill(typed)
        assert seen.places == places


def test_counts_and_tags_above_lead_to_their_questions(opening: Opening) -> None:
    seen = opening()
    seen.page.get_by_role("button", name="3 right answers").click()
    assert seen.places == [1, 6, 7]
    assert seen.page.locator("#filter-verdict").input_value() == "right"
    seen.page.locator("#tags").get_by_role("button", name="plain").click()
    assert seen.places == [1, 2, 5]
    assert seen.page.locator("#tags").get_by_role("button", name="unanswerable").count() == 0


def test_an_open_row_shows_gold_and_quotes_where_they_stand(opening: Opening) -> None:
    seen = opening()
    detail = seen.open(1)
    assert detail.locator(".facts").inner_text().split("\n") == [
        *("Id", "q1", "Outcome", "answered, and the first quote is right"),
        *("Searched for", "When was the lighthouse built"),
    ]
    paragraph = ARTICLES["harbour"].split("\n\n")[1]
    assert detail.locator(".golds .where").all_inner_texts() == ["harbour characters 58 to 62"]
    assert detail.locator(".golds .context").all_inner_texts() == [paragraph]
    assert detail.locator(".quotes .where").all_inner_texts()[:2] == [
        "1. right score 0.900 harbour@ab12cd34ef56#30-81",
        "2. not right score 0.800 harbour@ab12cd34ef56#82-110",
    ]
    covered = detail.locator(".golds mark.quote")
    assert "".join(covered.all_inner_texts()) == "The lighthouse was built in 1874 by Marta Oliveira."
    first = detail.locator(".quotes .context").first
    assert first.inner_text() == paragraph
    assert [(mark.get_attribute("class"), mark.inner_text()) for mark in first.locator("mark").all()] == [
        ("quote", "The lighthouse was built in "),
        ("quote gold", "1874"),
        ("quote", " by Marta Oliveira."),
    ]
    second = detail.locator(".quotes .context").nth(1).locator("mark")
    assert [(mark.get_attribute("class"), mark.inner_text()) for mark in second.all()] == [
        ("gold", "1874"),
        ("quote", "It stands forty metres high."),
    ]


def test_quotes_beyond_the_third_are_folded_unless_one_is_the_first_right_one(opening: Opening) -> None:
    seen = opening()
    fourth = seen.open(1).locator(".quotes li").nth(3)
    assert not fourth.is_visible()
    seen.page.get_by_text("1 more quote, by rank").click()
    assert fourth.locator(".context").inner_text() == "The fleet lost eleven boats in March 1911."
    assert seen.open(2).locator(".quotes li.right .where b").all_inner_texts() == ["4. right"]


def test_a_row_opens_and_closes_by_key_and_stays_open_through_sorting(opening: Opening) -> None:
    seen = opening()
    button = seen.rows.nth(3).locator("button")
    button.press("Enter")
    assert button.get_attribute("aria-expanded") == "true"
    detail = seen.page.locator("#detail-4")
    assert detail.locator(".golds").inner_text() == "Gold\n\nThe corpus does not answer this question."
    assert detail.locator(".quotes h3").inner_text() == "Refused; it would have quoted"
    seen.sort("ms")
    assert seen.page.locator("tr.row:first-child + #detail-4").is_visible()
    seen.rows.first.locator(".outcome").click()
    assert button.get_attribute("aria-expanded") == "false"
    assert detail.count() == 0


def test_what_was_asked_before_is_shown(opening: Opening) -> None:
    facts = opening().open(3).locator(".facts div").filter(has_text="Asked before").locator("dd")
    assert facts.all_inner_texts() == ["When was the lighthouse built?", "Who built it?"]


def test_offsets_count_code_points(opening: Opening) -> None:
    detail = opening().open(6)
    assert detail.locator(".golds mark.gold").all_inner_texts() == ["nine beehives"]
    marks = detail.locator(".quotes mark")
    assert "".join(marks.all_inner_texts()) == "The school keeps nine beehives on its roof."
    assert detail.locator(".quotes .context").inner_text() == ARTICLES["emoji"]


def test_articles_that_are_gone_or_have_changed_show_the_words_of_the_run(opening: Opening) -> None:
    detail = opening().open(8)
    assert detail.locator(".golds .gold-place").all_inner_texts() == [
        "gone characters 0 to 4\n\nlost",
        "harbour the whole article is right",
    ]
    assert detail.locator(".quotes mark").all_inner_texts() == ["The harbour was dug by hand.", "It stands elsewhere."]
    assert detail.locator(".inexact").inner_text() == "not an exact slice"


def test_hostile_strings_are_shown_as_they_are_and_run_nothing(opening: Opening) -> None:
    seen = opening(comparison=COMPARISON)
    detail = seen.open(7)
    assert seen.rows.nth(6).locator(".question bdi").text_content() == OUTCOMES[6].question
    assert seen.rows.nth(6).locator(".tag").all_text_contents() == list(OUTCOMES[6].tags)
    assert detail.locator(".facts dd").all_text_contents() == [
        *(HOSTILE, "answered, and the first quote is right", HOSTILE, HOSTILE)
    ]
    assert detail.locator(".golds mark").all_text_contents() == [HOSTILE, " stood in the register."]
    assert seen.page.evaluate("window.hacked") is None
    assert seen.page.locator("body img").count() == 0
    seen.page.locator("#filter-tag").select_option(
        index=1 + len({tag for outcome in OUTCOMES for tag in outcome.tags}) - 1
    )
    assert seen.places == [7]


def test_three_thousand_questions_are_filtered_and_all_can_be_shown(opening: Opening) -> None:
    seen = opening(many(3000))
    assert seen.count == "3,000 questions"
    assert seen.rows.count() < 3000, "rows are made as they are needed"
    seen.page.get_by_label("Search").fill("question 29")
    assert seen.count == "159 of 3,000 questions"
    seen.page.get_by_label("Tag", exact=True).select_option("tag 7 (300)")
    assert seen.count == "13 of 3,000 questions"
    seen.page.get_by_role("button", name="Clear").click()
    seen.sort("ms")
    assert seen.places[:3] == [3000, 2999, 2998]
    seen.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert seen.rows.count() == 3000
    assert seen.page.locator("#more").is_hidden()
    assert seen.page.locator("#figures table").is_visible(), "paper cannot be unfolded"


def test_rows_are_added_on_the_way_down(opening: Opening) -> None:
    seen = opening(many(400))
    before = seen.rows.count()
    seen.page.locator("#more").scroll_into_view_if_needed()
    seen.page.wait_for_function("before => document.querySelectorAll('#table tr.row').length > before", arg=before)
    seen.page.evaluate("document.querySelector('#more button').click()")
    assert seen.places == list(range(1, 401))


@pytest.mark.parametrize("width", [360, 800, 1280])
def test_the_page_is_never_wider_than_the_window(opening: Opening, width: int) -> None:
    huge = replace(PROVENANCE, gold="G" * 200, corpus="C" * 200, model="M" * 200, settings=(("s", "S" * 200),))
    sliced = (*REPORT.slices, replace(REPORT.slices[0], tag="T" * 200))
    report = replace(REPORT, run=replace(REPORT.run, provenance=huge), slices=sliced)
    seen = opening(report, COMPARISON, width=width)
    for place in (1, 7, 8):
        seen.open(place)
    for summary in seen.page.locator("summary").all():
        summary.click()
    assert seen.page.evaluate("document.documentElement.scrollWidth") == width


def test_a_phone_shows_every_value_with_its_name(opening: Opening) -> None:
    seen = opening(width=360)
    assert seen.page.evaluate("getComputedStyle(document.querySelector('.row .rank'), '::before').content") == '"rank "'
    seen.sort("confidence")
    assert seen.column("confidence") == ["0.050", "0.100", "0.350", "0.400", "0.600", "0.700", "0.800", "0.900"]


@pytest.mark.parametrize("dark", [False, True])
def test_paper_and_ink_follow_the_colour_scheme(opening: Opening, dark: bool) -> None:
    page = opening(dark=dark).page
    paper, ink = page.evaluate(
        "['backgroundColor', 'color'].map((name) => getComputedStyle(document.body)[name].match(/[0-9]+/g).map(Number))"
    )
    assert (sum(paper) < sum(ink)) is dark


def test_flipped_questions_are_marked_filtered_and_opened(opening: Opening) -> None:
    seen = opening(comparison=COMPARISON)
    assert seen.rows.nth(0).locator(".change").all_inner_texts() == [
        "▲ first quote right now",
        "▲ rightly answered or refused now",
    ]
    change = seen.page.get_by_label("Change", exact=True)
    for choice, places in (("changed", [1, 5]), ("better", [1]), ("worse", [5])):
        change.select_option(choice)
        assert seen.places == places
    seen.page.locator("#comparison").get_by_role("button", name="When was the lighthouse built?").click()
    assert seen.count == "8 questions"
    assert seen.page.locator("#detail-1").is_visible()
    assert seen.page.evaluate("document.activeElement.innerText") == "When was the lighthouse built?"
    assert seen.page.locator("#comparison li", has_text="What became of me?").locator("button").count() == 0
    seen.sort("change")
    assert seen.places == [5, 2, 3, 4, 6, 7, 8, 1]


def test_figures_and_charts_need_no_script(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(render(REPORT, None, ARTICLES.get), "utf-8")
    page = browser.new_page(java_script_enabled=False)
    page.goto(file.as_uri())
    assert page.locator(".card").count() == 6
    assert page.get_by_role("img", name="Risk against coverage").is_visible()
    assert page.get_by_role("img", name="Reliability").is_visible()
    assert page.locator("noscript").inner_text() == (
        "The table of questions needs JavaScript; everything above does not."
    )
    page.close()


def test_a_breach_of_the_policy_is_noticed(browser: Browser, tmp_path: Path) -> None:
    """What the other tests rely on."""
    file = tmp_path / "report.html"
    breach = '<p style="color: red"></p><script>window.hacked = 1</script></main>'
    file.write_text(render(REPORT, None, ARTICLES.get).replace("</main>", breach), "utf-8")
    page = browser.new_page()
    page.add_init_script(WATCH)
    page.goto(file.as_uri())
    page.wait_for_function("breaches.length === 2")
    assert page.evaluate("breaches.sort()") == ["script-src-elem", "style-src-attr"]
    assert page.evaluate("window.hacked") is None
    page.close()
