"""Index broken documents of every format: none stops a build, and every sentence is a slice of its article."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from retrieval.index.generation import Generation
from tests.attacks.builds import BuildEnd, wait_for_build
from tests.attacks.pages import expect_whole_sentences
from tests.attacks.rows import Progress, Row, Try, expect, silent, tally
from tests.attacks.surroundings import temporary
from tests.attacks.words import hostile
from tests.retrieval.forks import QUESTION, Forker, write_week
from tests.toy import open_toy

DOCUMENTS = 10  # in each try
LIMIT = 90.0  # seconds for a build of them
SLOW_EACH = 60  # every 60th try has a document that would take minutes
PLAIN = (".txt", ".md", ".markdown")

Draw = Callable[[random.Random], bytes]


def run(tries: int, seed: int, progress: Progress = silent) -> Row:
    """Index `tries` corpora."""
    with temporary() as home, Forker() as forker:
        return tally("documents", _tries(home, forker, tries, random.Random(seed)), progress)


def _tries(home: Path, forker: Forker, count: int, rng: random.Random) -> Iterator[Try]:
    for number in range(count):
        slow = number % SLOW_EACH == SLOW_EACH // 2
        yield partial(_index, home, forker, random.Random(rng.random()), slow)


def _index(home: Path, forker: Forker, rng: random.Random, slow: bool) -> None:
    corpus, index = home / "corpus", home / "index"
    for left in (corpus, index):
        shutil.rmtree(left, ignore_errors=True)
    write_week(corpus, 100)
    for number in range(DOCUMENTS):
        name, draw = rng.choice(list(FORMATS.items()))
        _place(corpus, _name(rng, number, name), draw(rng))
    ending, stuffed = rng.choice(list(STUFFED.items()))
    (corpus / f"stuffed{ending}").write_bytes(stuffed(rng))
    if slow:
        (corpus / "slow.html").write_bytes(_many_attributes(rng))
    names = sorted(os.listdir(os.fsencode(corpus)))
    end = _built(forker, corpus, index)
    expect(end.how != "killed", f"more than {LIMIT:.0f} s passed over {names}")
    expect(end.how == "built", f"{end.text} of {names}")
    quotes = open_toy(index).ask(QUESTION).quotes
    expect(any("100 herons" in quote.text for quote in quotes), f"the good articles are not found beside {names}")
    _check(Generation.current(index), corpus)
    expect_whole_sentences(rng)


def _built(forker: Forker, corpus: Path, index: Path) -> BuildEnd:
    """Build, and kill the build if it takes too long."""
    pid = forker.start(do="build", corpus=str(corpus), index=str(index), step=0)
    timer = threading.Timer(LIMIT, os.kill, (pid, signal.SIGKILL))
    timer.start()
    try:
        return wait_for_build(forker)
    finally:
        timer.cancel()


def _check(generation: Generation, corpus: Path) -> None:
    """Raise Lost if a sentence is no slice, a text is not its file's, or a stuffed file is not read to its end."""
    articles = list(generation.articles())
    expect(len({article.id for article in articles}) == len(articles), "two articles have the same id")
    for row in range(len(generation.sentences)):
        sentence = generation.sentence(row)
        article, start, end = generation.article(sentence.article), sentence.start, sentence.end
        inside = article.body <= start < end <= len(article.text)
        expect(inside and article.text[start:end].strip(), f"{article.path} has a sentence at {start}-{end}")
    if any(
        article.path and article.path.startswith("stuffed.") for article in articles
    ):  # otherwise the build skipped it and named it
        sentences = (generation.sentence(row) for row in range(len(generation.sentences)))
        last = any(generation.text(sentence).endswith(LAST) for sentence in sentences)
        expect(last, "the last sentence behind a stuffing is left out")
    for article in articles:
        file = corpus / (article.path or "")
        if file.suffix.lower() in PLAIN and file.is_file():
            expect(not article.converted, f"{article.path} is said to be converted")
            decoded = file.read_bytes().decode(article.encoding, "replace")  # a few bad bytes are replaced, and named
            expect(decoded == article.text, f"{article.path} decoded as {article.encoding} is not what is quoted")


def _place(corpus: Path, name: bytes, content: bytes) -> None:
    try:
        Path(os.fsdecode(os.path.join(os.fsencode(corpus), name))).write_bytes(content)
    except OSError:  # this file system does not allow the name
        return


def _name(rng: random.Random, number: int, ending: str) -> bytes:
    stem: bytes = rng.choice((
        f"d{number}", "same", "same", "SAME", f"d {number}", "d@1#2", "\x1b[31m", "\u202ed", "d\n1", "$(x)", "-d",
        "d" * 200, "e\u0301", "\u00e9",
    )).encode()  # fmt: skip
    if rng.random() < 0.15:
        stem = rng.choice((b"alike\xff", b"alike\xfe", b"\xff", b"\xc3\x28"))
    return stem + rng.choice((ending, ending, ending.upper())).encode()


def _plain(rng: random.Random) -> bytes:
    text = hostile(rng, 80)
    kind = rng.random()
    if kind < 0.1:
        return rng.randbytes(rng.randrange(400))
    if kind < 0.3:
        return text.encode(rng.choice(("utf-16", "utf-32", "cp1252", "utf-8-sig", "utf-16-le")), "replace")
    return text.encode("utf-8", rng.choice(("surrogatepass", "replace")))


FRONT = (
    "id: same", "id: d@1", "id: ''", "id: [1]", "id: 0", "_id: x", "title: 1:0:0:0:0:0:0:0",
    "title: " + "1:" * 3000 + "0", 'title: "\\UFFFFFFFF"', 'title: "\\uD800"', "title: *a", "title: &a [*a]",
    "title: !!python/object/apply:os.system [x]", "title: 2020-13-45", "published: 2020-02-30",
    "published: 9999-99-99", "published: 0000-00-00T99:99:99Z", "date: 1e400", "published: " + "9" * 5000,
    "title: 0x" + "f" * 5000, "title: !!int x", "title: !!float x", "title: !!timestamp x", "title: !!binary x",
    "title: !!set {a}", "title: !!omap [a]", "? [a]\n: b", "? {a: b}\n: c", "<<: 1", "<<: [a]",
    "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]", "title: " + "[" * 2000, "title: " + "{a: " * 1000,
    "title: |\n  a\n b", "source: {publisher: [1], headline: {}}", "source: {publisher: a}", "url: javascript:x",
    "url: [", "\ttitle: x", "%YAML 9.9", "title: \x00", "title: \x1b[31m", "title: \u202e", "--- a", "...",
    "title: 'it", 'title: "a', "0: 0", "~: ~", "true: no", "title: 190:20:30.15", "title: .nan", "title: -.inf",
    "title: 0b2", "title: 08", "title: =", "title: 1__2",
)  # fmt: skip


def _markdown(rng: random.Random) -> bytes:
    lines = "\n".join(rng.sample(FRONT, rng.randrange(1, 4)))
    closing = rng.choice(("---\n", "---\n", "...\n", "----\n", ""))
    return f"---\n{lines}\n{closing}\n{hostile(rng, 60)}".encode("utf-8", "replace")


def _html(rng: random.Random) -> bytes:
    kind = rng.random()
    if kind < 0.1:
        return rng.choice((b"<div>", b"<b><i>", b"<table><tr><td>", b"<p>", b"</p>", b"<!--")) * rng.randrange(3000)
    words = " ".join(hostile(rng, 12) for _ in range(rng.randrange(1, 12)))
    text = f"<html><head><title>{hostile(rng, 4)}</title></head><body><article><p>{words}</p><p>{words}</p></article>"
    raw = text.encode(rng.choice(("utf-8", "utf-16", "cp1252")), "replace")
    return _mutated(raw, rng) if kind < 0.5 else raw


LAST = "The ferry leaves at nine every morning in summer."
PROSE = "The council of the town voted on Monday to close the old bridge over the river for repairs."


def _stuffed_page(rng: random.Random) -> bytes:
    """Draw a page whose last sentence follows something very long or deep."""
    long, deep = "a" * rng.choice((1_000, 9_000_000, 11_000_000)), rng.choice((10, 250, 400, 900, 2_500))
    middle = rng.choice((
        f"<div data-x='{long}'></div>", f"<!--{long}-->", f"<script>{long}</script>", f"<style>{long}</style>",
        f"<p>{long}</p>", f"<?{long}?>", f"<p>&{long};</p>", f"<img src='data:{long}'>",
        "<div>" * deep + "</div>" * deep, "<span>" * deep, "<b><i>" * deep, "<ul><li>" * deep,
    ))  # fmt: skip
    return f"<html><body><article><p>{PROSE}</p>{middle}<p>{LAST}</p></article></body></html>".encode()


def _stuffed_text(rng: random.Random) -> bytes:
    """Draw a text whose last sentence follows much that is no sentence."""
    piece = rng.choice(
        ("1.5 | 2.5 | 3.5\n\n", "1.5 Ω | 2.5 kΩ\n", "- \n", "=" * 80 + "\n\n", "\u200b\n", "7 ", "😀", "...\n")
    )
    before = rng.choice((f"{PROSE}\n\n", ""))
    return f"{before}{piece * rng.choice((10, 3_000, 30_000))}\n\n{LAST}\n".encode()


def _many_attributes(rng: random.Random) -> bytes:
    named = " ".join(f"a{n}={n}" for n in range(rng.choice((80_000, 200_000))))
    return f"<html><body><article><p {named}>One article among others says so.</p></article></body></html>".encode()


def _pdf(rng: random.Random) -> bytes:
    from tests.retrieval.articles.test_text_files import pdf

    pages = ["The letter came on a Monday and was read at once.", "Nobody knows who wrote it."] * rng.randrange(1, 4)
    return _mutated(pdf(*pages), rng) if rng.random() < 0.8 else pdf(*pages)


def _jsonl(rng: random.Random) -> bytes:
    lines = []
    for number in range(rng.randrange(1, 8)):
        fields: dict[str, object] = {"_id": rng.choice((f"j{number}", "same", "", 1, None, hostile(rng, 3)))}
        fields |= {"title": hostile(rng, 4), "text": hostile(rng, 30), "url": hostile(rng, 2)}
        for key in rng.sample(sorted(fields), rng.randrange(3)):
            fields[key] = rng.choice((None, 1, [], {}, True, 1e300, "x", "9" * 5000))
        line = json.dumps(fields).encode()
        lines.append(_mutated(line, rng) if rng.random() < 0.3 else line)
    lines += rng.sample(ODD_LINES, rng.randrange(3))
    return rng.choice((b"\n", b"\r\n", b"\n\n")).join(lines)


ODD_LINES = (
    b"[" * 100_000, b"{}", b"null", b"NaN", b'"x"', b"9" * 6000, b'{"_id": "n", "text": 1e999}', b"\xff",
    b"\xef\xbb\xbf{}",
)  # fmt: skip


def _mutated(raw: bytes, rng: random.Random) -> bytes:
    data = bytearray(raw)
    for _ in range(rng.randrange(1, 12)):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(5):
            case 0:
                data[at : at + 1] = rng.randbytes(1)
            case 1:
                del data[at : at + rng.randrange(40)]
            case 2:
                data[at:at] = data[at : at + 60]
            case 3:
                data[at:at] = rng.choice(
                    (b"0", b"-1", b"99999999999", b"<<", b">>", b"endobj", b"(", b")", b"\0", b"/")
                )
            case _:
                del data[at:]
    return bytes(data)


FORMATS: dict[str, Draw] = {
    ".txt": _plain,
    ".md": _markdown,
    ".markdown": _plain,
    ".html": _html,
    ".htm": _html,
    ".pdf": _pdf,
    ".jsonl": _jsonl,
}
"""File extension -> function that draws such a file."""

STUFFED: dict[str, Draw] = {".html": _stuffed_page, ".txt": _stuffed_text, ".md": _stuffed_text}
"""File extension -> function that draws a file that must be read to its end, or skipped."""
