"""The page of a quote: exact, safe, and scrolled to the quote."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.formats.quote_page import page
from bot.formats.shell import command, quoted
from retrieval.articles.corpus import scan
from retrieval.articles.text_files import read_text
from retrieval.citations.permalink import CitedSpan
from retrieval.records import Article, Citation

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
# HTML carries neither control characters nor lone surrogates.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\t\n\f\r"), min_size=1)


def span_of(text: str, start: int, end: int, **changes: object) -> CitedSpan:
    """A quote in an article of this text."""
    described = {"title": "A title", "sha256": "ab" * 32, "path": "notes/a.md", "source": "Times", **changes}
    state = described.pop("state", "current")
    article = Article("notes/a", text, **described)  # type: ignore[arg-type]
    citation = Citation(article.id, article.title, start, end, 3, article.sha256)
    return CitedSpan(citation, text[start:end], "", "", article, state)  # type: ignore[arg-type]


class Texts(HTMLParser):
    """The text of the elements with an id."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.texts: dict[str, str] = {}
        self.tags: list[str] = []
        self._open: list[str | None] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in ("meta",):
            self._open.append(dict(attrs).get("id"))

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for name in self._open:
            if name:
                self.texts[name] = self.texts.get(name, "") + data


@given(TEXT, st.data())
def test_the_article_and_the_quote_are_exact(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    texts = Texts(page(span_of(text, start, end), None)).texts
    assert texts["quote"] == text[start:end]
    assert texts["text"] == text


def test_nothing_of_the_article_is_read_as_markup() -> None:
    hostile = '</div><script>alert(1)</script><img src=x onerror="alert(2)">&amp;'
    html = page(span_of(hostile, 0, 6, title=hostile, source=hostile, path=hostile), 'https://e.org/"><script>')
    assert Texts(html).tags.count("script") == 1
    assert "img" not in Texts(html).tags


def test_only_the_pages_own_style_and_script_may_run_and_nothing_is_loaded() -> None:
    html = page(span_of("One. Two.", 5, 9), "https://e.org/#:~:text=Two.")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; ")
    for tag in ("style", "script"):
        content = html.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy[1]
    assert re.findall(r"(?:src|href)=\"[^\"]*", html) == ['href="https://e.org/#:~:text=Two.']


def test_control_characters_are_written_out() -> None:
    html = page(span_of("\x1b]0;x\x07 It \x9b31mcame.", 7, 18, title="A \x1b[2Jtitle"), None)
    assert Texts(html).texts == {"text": r"\x1b]0;x\x07 It \x9b31mcame.", "quote": r"It \x9b31mcame"}
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", html)


def test_front_matter_is_left_out() -> None:
    assert Texts(page(span_of("---\nx\n---\nOne. Two.", 15, 19, body=10), None)).texts["text"] == "One. Two."


def test_its_three_lines_of_python_print_the_quote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Ein Fuß. Zwei Füße.\r\n"
    (tmp_path / "it's").mkdir()
    (tmp_path / "it's" / "a.md").write_bytes(text.encode("cp1252"))
    html = page(span_of(text, 9, 19, path="it's/a.md", encoding="cp1252"), None)
    code = unescape(html.rpartition("<pre>")[2].partition("</pre>")[0])
    monkeypatch.chdir(tmp_path)
    printed: list[str] = []
    exec(code, {"print": printed.append})
    assert (len(code.splitlines()), printed) == (3, ["Zwei Füße."])


def test_its_three_lines_of_python_read_a_byte_that_is_not_utf_8_as_the_article_does(tmp_path: Path) -> None:
    ferry = "Die Fähre nach Märlow fährt für die Bürger täglich um neun ab.\n"
    file = tmp_path / "bad.txt"
    file.write_bytes(ferry.encode() + b"The caf\xe9 opens at ten in the morning for everyone.\n")
    (article,), _ = read_text(file.read_bytes(), "bad.txt", "ab" * 32)
    html = page(span_of(article.text, 63, 113, path="bad.txt", encoding=article.encoding), None)
    code = unescape(html.rpartition("<pre>")[2].partition("</pre>")[0])
    printing = [sys.executable, "-X", "utf8", "-c", code]
    printed = subprocess.run(printing, cwd=tmp_path, capture_output=True, check=True).stdout.decode()
    assert (len(code.splitlines()), printed) == (3, "The caf\ufffd opens at ten in the morning for everyone.\n")


@pytest.mark.parametrize("name", [b"caf\xe9.md", b"\xff/[*]'\"\\.md", "\ufffd.md".encode(), b"\xfe.md"])
def test_its_three_lines_of_python_find_a_file_whose_name_is_no_utf_8(
    name: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for other in (b"\xff.md", b"caf\xea.md", b"x/\xfe.md", name):
        file = tmp_path / os.fsdecode(other)
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"Nothing here." if other != name else b"It came. It went.\r\n")
    (source,) = (file for file in scan(tmp_path)[0] if os.fsencode(file.file).endswith(name) and file.size == 19)
    html = page(span_of("It came. It went.\r\n", 9, 17, path=source.path, sha256=source.sha256), None)
    code = unescape(html.rpartition("<pre>")[2].partition("</pre>")[0])
    printed = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True).stdout
    assert (len(code.splitlines()), printed) == (3, b"It went.\n")


@pytest.mark.parametrize("changes", [{"converted": True}, {"path": None}, {"state": "changed"}])
def test_a_text_that_is_no_file_is_checked_by_quoth(changes: dict[str, object]) -> None:
    html = page(span_of("One. Two.", 5, 9, **changes), None)
    assert "<pre>quoth show 'notes/a@abababababab#5-9'</pre>" in unescape(html)


def test_a_version_that_is_no_more_says_so() -> None:
    assert "The article has changed since." in page(span_of("One.", 0, 4, state="changed"), None)
    assert "no longer in the corpus" in page(span_of("One.", 0, 4, state="withdrawn"), None)


def in_a_browser(html: str, expression: str, folder: Path) -> str:
    """What a browser that has opened the page makes of an expression, as JSON."""
    assert CHROMIUM is not None
    # The probe is a script that the page's own policy would not let run.
    html = re.sub(r"<meta http-equiv[^>]*>", "", html)
    probe = (
        '<script>const text = document.getElementById("text"), quote = document.getElementById("quote");'
        f"document.title = JSON.stringify({expression})</script>"
    )
    (folder / "page.html").write_text(html.replace("</body>", probe + "</body>"), "utf-8", newline="")
    flags = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync"
    process = subprocess.run(
        [CHROMIUM, *flags.split(), "--disable-component-update", f"--user-data-dir={folder / 'user'}",
         "--window-size=800,600", "--dump-dom", (folder / "page.html").as_uri()],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    title = re.search("<title>(.*?)</title>", process.stdout, re.DOTALL)
    assert title is not None, process.stderr
    return unescape(title[1])


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_browser_scrolls_to_the_quote_and_keeps_the_text(tmp_path: Path) -> None:
    text = "Line.\r\n\r\n" * 300 + "The \t quote,  as it is.\n" + "Line.\n\n" * 300
    start = text.index("The \t")
    box = "quote.getBoundingClientRect()"
    seen = f"[scrollY > 0, {box}.top >= 0 && {box}.bottom <= innerHeight, text.textContent.length]"
    assert in_a_browser(page(span_of(text, start, start + 23), None), seen, tmp_path) == f"[true,true,{len(text)}]"


@pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
def test_a_browser_has_every_character_of_the_text(tmp_path: Path) -> None:
    hostile = '<b>&amp;&#13; it\'s "x"\r</mark></div>{{ x }}'
    text = f"\n\r\n \rlead\u2028ing\x0c\ufeff\u202e {hostile} \U0001f41d end\r\n"
    seen = "[[...text.textContent].map((c) => c.codePointAt(0)), [...quote.textContent].map((c) => c.codePointAt(0))]"
    codes = json.loads(in_a_browser(page(span_of(text, 1, 9), None), seen, tmp_path))
    assert ["".join(map(chr, part)) for part in codes] == [text, text[1:9]]


@pytest.mark.parametrize("id_", ["$(touch ran)", "it's", "a\x1b[31m\nb", "-x"])
def test_its_command_runs_nothing_but_quoth(id_: str) -> None:
    cited = span_of("One. Two.", 5, 9, converted=True)
    ref = replace(cited.citation, article=id_).ref
    html = page(replace(cited, citation=replace(cited.citation, article=id_)), None)
    assert unescape(html.rpartition("<pre>")[2].partition("</pre>")[0]) == command("show", operands=[ref])
    assert unescape(html.partition("<code>")[2].partition("</code>")[0]) == quoted(ref)
