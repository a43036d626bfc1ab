"""The pages in a real browser: Chromium, without JavaScript of ours, in light and dark, narrow and wide."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from bot.answering.collection import Collection
from bot.answering.service import AnswerService
from bot.http.access import Access
from bot.http.app import application
from bot.http.guard import Rules
from bot.http.launch import bind, url_of
from bot.http.rate import RateLimit
from tests.bot.http.conftest import QUESTION
from tests.toy import open_toy

CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed: apt-get install chromium")

WIDTHS = (400, 1200)
LOOKS: tuple[Any, ...] = ("light", "dark")
ADDRESSES = {
    "form": "?",
    "answer": f"?q={QUESTION}",
    "filtered": f"?q={QUESTION}&since=2019",
    "passages": "?q=Velmora&show=passages",
    "mistake": "?q=Who&since=soon",
    "nowhere": "nowhere",
}


class _Server(uvicorn.Server):
    """Says when it has started."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.begun = threading.Event()

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.begun.set()


@pytest.fixture(scope="module")
def url(toy: Path) -> Iterator[str]:
    """The address of a server in a thread of this process."""
    service = AnswerService(toy, lambda: open_toy(toy))
    app = application(Collection(str(toy), toy, service), Rules(Access(), RateLimit(0)))
    with bind("127.0.0.1", 0) as listening:
        server = _Server(uvicorn.Config(app, lifespan="off", log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        assert server.begun.wait(30)
        yield url_of(listening)
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests here."""
    with sync_playwright() as playwright:
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=root)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """A window of its own; whatever a page logs, such as a breach of its policy, fails the test in the end."""
    context = browser.new_context(base_url=url)
    opened, messages = context.new_page(), list[str]()
    opened.set_default_timeout(10_000)
    opened.on("console", lambda message: messages.append(message.text))
    opened.on("pageerror", lambda error: messages.append(str(error)))
    yield opened
    context.close()
    assert [text for text in messages if "status of 4" not in text] == []


def look(page: Page, colours: Any, width: int) -> None:
    """Show pages in light or dark, so wide."""
    page.emulate_media(color_scheme=colours)
    page.set_viewport_size({"width": width, "height": 800})


def quote_address(page: Page) -> str:
    """The address of the first quote's page."""
    page.goto(ADDRESSES["answer"])
    return page.locator("figcaption a").first.get_attribute("href") or ""


@pytest.mark.parametrize("colours", LOOKS)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_and_fits(page: Page, colours: Any, width: int) -> None:
    look(page, colours, width)
    for name, address in {**ADDRESSES, "quote": quote_address(page)}.items():
        page.goto(address)
        violations = Axe().run(page).response["violations"]
        assert [(name, found["id"], [node["html"] for node in found["nodes"]]) for found in violations] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name


@pytest.mark.parametrize("width", WIDTHS)
def test_a_question_is_asked_and_its_quote_opened_by_the_keyboard_alone(page: Page, width: int) -> None:
    look(page, "light", width)
    page.goto("")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"\?q="))
    assert page.title() == f"{QUESTION} – quoth"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the answer"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#outcome"
    for name in ("Answer", "Nearest passages", "Velmora gets its bridge back"):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == name
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/quote/bridge"))
    mark = page.locator("mark")
    assert mark.inner_text().startswith("Engineer Ilse Brandt had closed it in 2016")
    assert page.evaluate("document.activeElement.id") == "quote"
    box = mark.bounding_box()
    assert box is not None
    assert 0 <= box["y"] <= 800


def test_it_works_without_javascript(browser: Browser, url: str) -> None:
    context = browser.new_context(base_url=url, java_script_enabled=False)
    page = context.new_page()
    page.goto("")
    page.locator("#q").fill(QUESTION)
    page.locator("button").click()
    assert page.locator("blockquote").first.inner_text().startswith("Engineer Ilse Brandt")
    page.locator("figcaption a").first.click()
    assert page.locator("mark").inner_text().startswith("Engineer Ilse Brandt")
    page.locator("nav a").last.click()
    page.locator("summary").click()
    assert page.locator("#since").is_visible()
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_what_is_focused_is_marked_and_large_enough_to_touch(page: Page, width: int) -> None:
    look(page, "light", width)
    page.goto(ADDRESSES["answer"])
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    box = page.locator("button").bounding_box()
    assert box is not None
    assert 44 <= box["height"] < 60, "its name is on one line"
