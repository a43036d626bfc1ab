"""robots.txt, as RFC 9309 has it."""

from __future__ import annotations

import resource

import pytest
from yarl import URL

from bot.sources.robots import LONGEST_DELAY, Rules

SITE = URL("https://example.org")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("User-agent: *\nDisallow: /\n", "/p"),
        ("User-Agent: QUOTH\nDisallow: /\n", "/p"),
        ("User-agent: quoth/1.0 # the bot\nDisallow: / # all\n", "/p"),
        ("\ufeffUser-agent: *\nDisallow: /\n", "/p"),
        ("User-agent: *\rDisallow: /\r", "/p"),
        ("User-agent: *\n\n# all of them\n\nDisallow: /\n", "/p"),
        ("User-agent: *\nDisallow: /a\n\nDisallow: /p\n", "/p"),
        ("User-agent: quoth\nUser-agent: other\nDisallow: /p\n", "/p"),
        ("User-agent: quoth\nDisallow: /a\nUser-agent: other\nDisallow: /b\nUser-agent: quoth\nDisallow: /p", "/p"),
        ("<!-- of this site -->\nUser-agent: *\nDisallow: /\n", "/p"),
        ("\0\0\0\nUser-agent: *\nDisallow: /\n", "/p"),
        ("User-agent: *\nDisallow: /*.html$\n", "/a/b.html"),
        ("User-agent: *\nDisallow: /p*\n", "/p"),
        ("User-agent: *\nDisallow: /*/print\n", "/a/b/print/c"),
        ("User-agent: *\nAllow: /\nDisallow: /p\n", "/p"),
        ("User-agent: *\nDisallow: /%70\n", "/p"),
        ("User-agent: *\nDisallow: /é\n", "/%C3%A9"),
        ("User-agent: *\nDisallow: /p?x\n", "/p?x=1"),
    ],
)
def test_what_is_denied(text: str, path: str) -> None:
    assert not Rules(text.encode()).allow(SITE.join(URL(path)))


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", "/p"),
        ("<html><body>No such page</body></html>", "/p"),
        ("Disallow: /\n", "/p"),
        ("User-agent: *\nDisallow:\n", "/p"),
        ("User-agent: *\nDisallow: /\n\nUser-agent: quoth\nAllow: /\n", "/p"),
        ("User-agent: q\nUser-agent: quo\nUser-agent: *bot\nDisallow: /\n", "/p"),
        ("User-agent: *\nDisallow: /*.html$\n", "/a.html?b"),
        ("User-agent: *\nDisallow: /\nAllow: /p\n", "/p"),
        ("User-agent: *\nDisallow: /p\nAllow: /p\n", "/p"),
        ("User-agent: *\nDisallow: /P\n", "/p"),
    ],
)
def test_what_is_allowed(text: str, path: str) -> None:
    assert Rules(text.encode()).allow(SITE.join(URL(path)))


@pytest.mark.parametrize(
    ("written", "delay"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("1" + "0" * 30, LONGEST_DELAY),
        *((text, 0.0) for text in ("²", "9" * 5000, "-1", "nan", "inf", "soon", "")),
    ],
)
def test_delays(written: str, delay: float) -> None:
    rules = Rules(f"User-agent: *\nCrawl-delay: {written}\nRequest-rate: 1/0\nDisallow: /no\n".encode())
    assert (rules.delay, rules.allow(SITE / "no")) == (delay, False)


def test_many_names_do_not_multiply_the_rules() -> None:
    agents = "".join(f"User-agent: a{number}\n" for number in range(5_000))
    rules = "".join(f"Disallow: /{number}\n" for number in range(5_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert not Rules(f"{agents}User-agent: quoth\n{rules}".encode()).allow(SITE / "4999")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000
