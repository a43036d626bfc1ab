"""Letters: what their writers wrote."""

from __future__ import annotations

from tests.retrieval.articles.formats.reading import articles, complaint, only, quotable

LETTER = """From: Ilse Brandt <ilse@velmora.example>
To: crew@velmora.example
Subject: =?utf-8?q?Gate_hours_in_M=C3=A4rz?=
Date: Fri, 01 Mar 2024 09:30:00 +0100
Message-ID: <1@velmora.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

Dear crew,

From Monday on the gate opens at nine, and the lamp
on the east pier stays lit until dusk.

Whoever moors here has to bring these two things:

- your mooring card
- a lamp of your own

On Thu, Feb 29, 2024, Bo wrote:
> When does the gate open these days?
> I was there at eight.

-- 
Harbour office, Velmora
"""
PAGE = """From: Bo <bo@velmora.example>
Subject: Fees
Content-Type: multipart/alternative; boundary=b

--b
Content-Type: text/html; charset=utf-8

<p>The fees have changed.</p><table><tr><th>Length</th><th>Fee</th></tr><tr><td>up to 8 m</td><td>14 crowns</td></tr>
</table><blockquote type="cite"><p>What are the fees of last year?</p></blockquote><script>alert(1)</script>
--b--
"""


def test_a_letter_is_an_article_with_its_writer_and_date() -> None:
    article = only("mail/gate.eml", LETTER)
    facts = (article.id, article.title, article.source, article.published)
    assert facts == ("mail/gate", "Gate hours in März", "Ilse Brandt", "2024-03-01")
    rows = [row[-1] for row in quotable(article)]
    assert "From Monday on the gate opens at nine, and the lamp on the east pier stays lit until dusk." in rows
    assert ("Whoever moors here has to bring these two things:", "a lamp of your own") in quotable(article)
    assert not any(words in article.text for words in ("wrote", "at eight", "Harbour office"))


def test_a_page_is_read_where_there_is_no_plain_text() -> None:
    article = only("fees.eml", PAGE)
    assert quotable(article) == [("The fees have changed.",), ("Length | Fee", "up to 8 m | 14 crowns")]


def test_each_letter_of_a_mailbox_is_an_article() -> None:
    escaped = LETTER.replace("Dear crew,", ">From the office to the crew.")
    box = f"From ilse Fri Mar  1 09:30:00 2024\n{escaped}\nFrom bo Sat Mar  2 10:00:00 2024\n{PAGE}\n"
    first, second = articles("box.mbox", box)
    assert (first.id, second.id) == ("box/2024-03-01 Gate hours in März", "box/Fees")
    assert "From the office to the crew." in first.text
    assert ">From" not in first.text
    assert first.sha256 != second.sha256
    assert articles("box.mbox", box + f"\nFrom x Sat Mar  2 10:00:00 2024\n{PAGE}")[0] == first


def test_broken_letters_are_read_as_far_as_they_go() -> None:
    header = "From: <<<@\nDate: never\nSubject: =?x-unknown?q?=FF?=\nContent-Type: text/plain; charset=klingon"
    broken = f"{header}\n\nThe gate is open."
    assert [row[-1] for row in quotable(only("a.eml", broken))] == ["The gate is open."]
    assert complaint("a.eml", "") == "is no letter: it has no header"
    assert complaint("a.mbox", "The gate is open.") == "holds no letters"
    assert complaint("a.eml", "Subject: x\n\n") == "has no text"


def test_parts_nested_without_end() -> None:
    deep = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3000))
    assert complaint("a.eml", "Subject: x\n" + deep) in {"is nested too deep to be read whole", "has no text"}
