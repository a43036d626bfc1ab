"""What of an article may be quoted, on made-up texts, on any text, and on the five scraped articles."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.articles.boilerplate import is_boilerplate
from retrieval.articles.boundaries import LONGEST
from retrieval.articles.sentences import segment
from retrieval.articles.text_files import read_text
from retrieval.records import Article, Kind, Sentence
from tests.patience import patience

SEEDS = Path(__file__).resolve().parents[4] / "shared" / "seeds"


def article_of(text: str, path: str = "a.txt", body: int = 0) -> Article:
    return Article("a", text, "", "0" * 64, path=path, body=body)


def quotes(text: str, path: str = "a.txt") -> list[str]:
    return [text[found.start : found.end] for found in segment(article_of(text, path))]


def test_sentences_are_slices_in_paragraphs() -> None:
    text = "A Letter Comes\n\n  It came 😀 on Friday. “It is short,” she said.\u00a0\n\nIt was read.\n"
    assert segment(article_of(text)) == (
        Sentence(18, 38, 1),
        Sentence(39, 63, 1),
        Sentence(66, 78, 2),
    )
    assert quotes(text) == ["It came 😀 on Friday.", "“It is short,” she said.", "It was read."]


@pytest.mark.parametrize(
    "sentences",
    [
        [
            "灯台は高い。",
            "「もう帰ろう。」と田中さんは言った！",
            "はい、そうです。",
            "「もう帰ろう。」",
            "とにかく雨だった。",
        ],
        ["灯塔很高！", "他说：“真高。”", "博物馆每周一闭馆吗。"],
        ["ប៉មភ្លើងត្រូវបានសាងសង់នៅឆ្នាំ១៩០២។ ", "អ្នកថែទាំបានផ្លាស់ទៅទីក្រុង។ ", "សារមន្ទីរបិទរៀងរាល់ថ្ងៃច័ន្ទ។"],
        ["မီးပြတိုက်ကို ၁၉၀၂ ခုနှစ်တွင် ဆောက်လုပ်ခဲ့သည်။ ", "ပြတိုက်ကို တနင်္လာနေ့တိုင်း ပိတ်သည်။"],
        ["दीपस्तंभ 1902 में बना था। ", "संग्रहालय सोमवार को बंद रहता है।"],
    ],
)
def test_sentences_end_at_the_full_stops_of_their_script(sentences: list[str]) -> None:
    assert quotes("".join(sentences)) == [sentence.strip() for sentence in sentences]


def test_a_paragraph_in_a_script_without_full_stops_is_no_headline() -> None:
    text = (
        "ประภาคารที่ท่าเรือสร้างขึ้นในปี 1902 ผู้ดูแลประภาคารย้ายเข้าเมืองในปี 1978 พิพิธภัณฑ์ปิดทุกวันจันทร์ ปิดวันหยุด\n\n"
        "ร้านขนมปังหน้าสถานีเปิดตอนหกโมงเช้า ขนมปังวอลนัทเป็นสินค้าที่ขายดีที่สุด"
    )
    assert quotes(text) == text.split("\n\n")
    (article,), _ = read_text(text.encode(), "a.txt", "0" * 64)
    assert article.title == "a"
    assert quotes("ข่าวของเมือง\n\n" + text) == text.split("\n\n")


def test_a_quotation_that_is_never_closed_begins_with_its_own_sentence() -> None:
    text = "They dug two wells. “The water was cold and it tasted of iron. Nobody drank it for a week."
    assert quotes(text) == [
        "They dug two wells.",
        "“The water was cold and it tasted of iron.",
        "Nobody drank it for a week.",
    ]


def test_abbreviations_and_numbers_end_no_sentence() -> None:
    text = "Mr. Roe of the U.S. Navy came on Jan. 26 with 3.5 tons. Dr. Doe of Old-St. Mary did not."
    assert quotes(text) == [text[:55], text[56:]]


def test_a_sentence_that_was_broken_is_one_span() -> None:
    text = (
        "It came.\n\nThe mayor, who had been asked by nobody, read it to the town and to the President\n\n"
        "Jane Roe\n\n\u00a0said\u00a0that it was short. It was."
    )
    assert quotes(text)[1:] == [text[10:].removesuffix(" It was."), "It was."]


def test_headings_labels_and_loose_ends_are_not_quoted() -> None:
    text = "It came.\n\nWhat the mayor said\n\nThe key points:\n\nIt was read. A spokesman\n\nThe end.\n\n***\n\n…"
    assert quotes(text) == ["It came.", "It was read.", "The end."]


def test_a_long_line_without_a_full_stop_is_quoted() -> None:
    line = "The mayor of the town had the letter read aloud to all of its people"
    assert quotes(f"It came.\n\n{line}\n\n{line}:") == ["It came.", line, f"{line}:"]


def test_bullets_are_quoted_without_a_full_stop() -> None:
    assert quotes("It came.\n- the town is silent\n- two words\n3) It is read. It is kept.") == [
        "It came.",
        "the town is silent",
        "two words",
        "It is read. It is kept.",
    ]
    assert quotes("• 外交部长访问了华盛顿\n• 华盛顿") == ["外交部长访问了华盛顿", "华盛顿"]


def test_other_scripts_are_cut_at_their_own_marks() -> None:
    assert quotes("你好。我很好！他来了。") == ["你好。", "我很好！", "他来了。"]
    assert quotes("جاء۔ نعم۔") == ["جاء۔", "نعم۔"]
    assert quotes("वह आया। वह गया।") == ["वह आया।", "वह गया।"]


def test_boilerplate_is_left_out_and_parts_the_runs() -> None:
    text = (
        "It came.\n\nHeading\n\n"
        "It was read. Photo: Jane Roe/AFP/Getty Images\n\nIm 123456\n\n"
        "It was kept. (AP Photo/Jane Roe) It was lost.\n\nRead more: The letter\n\n"
        "It was found. We use cookies to find it. It was kept."
    )
    found = segment(article_of(text))
    assert [(text[one.start : one.end], one.paragraph, one.run) for one in found] == [
        ("It came.", 1, 0),
        ("It was read.", 2, 0),
        ("It was kept.", 3, 2),
        ("It was lost.", 3, 3),
        ("It was found.", 4, 4),
        ("It was kept.", 4, 5),
    ]


def test_a_credit_without_a_sentence_of_its_own_is_cut_off() -> None:
    assert quotes(
        "It came.\n\nThe mayor reads the letter to the people of the town (Jane Roe/AFP)\n\nIt was read."
    ) == [
        "It came.",
        "The mayor reads the letter to the people of the town",
        "It was read.",
    ]


def test_front_matter_is_not_quoted() -> None:
    data = b"\xef\xbb\xbf---\ntitle: It came. It was read.\n---\nIt was kept.\n"
    (article,), _ = read_text(data, "a.md", "0" * 64)
    assert [article.text[one.start : one.end] for one in segment(article)] == ["It was kept."]


@pytest.mark.parametrize("mark", [",", ";", ":", " –"])
def test_a_sentence_without_end_is_cut(mark: str) -> None:
    text = f"one two three four{mark} " * 400
    found = segment(article_of(text))
    assert max(one.end - one.start for one in found) <= LONGEST
    assert {text[one.end - 1] for one in found[:-1]} <= ({mark} if mark != " –" else set("eor–"))
    assert sum(one.end - one.start for one in found) > len(text) - 2 * len(found)


def test_a_word_without_end_is_cut() -> None:
    text = "x" * 3000
    assert [one.end - one.start for one in segment(article_of(text))] == [1200, 1200, 600]


@pytest.mark.parametrize(
    "text",
    ["word " * 200_000, "x" * 1_000_000, "\n" * 1_000_000, " \n" * 500_000, "“a. b " * 20_000, "(" * 10**6,
     "John Roe\n\n" * 10_000, "said\n\n" * 10_000, "and so it went on and on and on and on\n\n" * 10_000, "> " * 10**6],
    ids=["words", "letters", "line ends", "blank lines", "open quotes", "brackets", "names", "verbs", "open", "marks"],
)  # fmt: skip
def test_hostile_texts_do_not_hang(text: str) -> None:
    with patience():
        for path in ("a.txt", "a.md"):
            segment(article_of(text, path))


PATHS = st.sampled_from(["a.txt", "a.md", "a.pdf"])
PIECES = st.sampled_from(
    ["It came.", "it came", "Jane Roe", "\n", "\n\n", "\r\n", " ", "\u00a0", "- ", "1. ", "> ", "```", "# ", "| a ",
     "The", "Photo: Jane Roe/AFP", "(AFP)", "…", "“", "”", "письмо", "。", "😀", "Minister of the", "\0", "a" * 90]
)  # fmt: skip


@given(st.text(max_size=300) | st.lists(PIECES, max_size=40).map("".join), st.integers(0, 5), PATHS)
@settings(max_examples=250, deadline=None)
def test_of_any_text_ordered_slices_are_quoted(text: str, body: int, path: str) -> None:
    article = article_of(text, path, min(body, len(text)))
    found = segment(article)
    assert found == segment(article)
    for one in found:
        quote = text[one.start : one.end]
        assert article.body <= one.start < one.end <= len(text)
        assert quote == quote.strip()
        assert any(map(str.isalnum, quote))
        assert len(quote) <= LONGEST
        assert one.kind is not Kind.PROSE or not is_boilerplate(quote)
    for one, following in pairwise(found):
        assert one.end <= following.start
        assert one.run <= following.run
        assert one.paragraph <= following.paragraph <= one.paragraph + 1
    assert [one.paragraph for one in found[:1]] in ([], [1])


def test_half_a_character_is_no_error() -> None:
    assert quotes("It came \ud800 on Friday.") == ["It came \ud800 on Friday."]


# The five scraped articles, which are not part of the project: their publishers hold the rights.

COUNTS = {
    "000_486393421388ec95": (25, 21),
    "001_a1a1bb193ea5d1ff": (29, 22),
    "002_06be6d4df69242f3": (34, 23),
    "003_2643c82c3a0dc6eb": (33, 25),
    "004_f3fddfbe1a94b9b8": (15, 11),
}

MARKERS = [
    "Im 4784", "Associated Press", "Getty", "Photo:", "Write to", "Copyright", "Rights Reserved", "News in Association",
    "Related", "Content is protected", "Story Highlights", "Video of day", "key points:", "Follow us", "newsletter",
    "Ukraine Today", "Show more", "Placeholder", "Read Also", "available in:", "Back to top", "Full letter", "Daily at",
    "weigh in", "PM", "Дайджест", "рассылка", "Laid Bare in", "Reiterates", "Asks Albania",
]  # fmt: skip


def seed(name: str) -> Article:
    file = SEEDS / f"{name}.txt"
    if not file.is_file():
        pytest.skip(f"{file.name} is not here: the scraped articles are not part of the project")
    (article,), warns = read_text(file.read_bytes(), file.name, "0" * 64)
    assert warns == []
    return article


@pytest.mark.parametrize("name", COUNTS)
def test_every_sentence_of_a_scraped_article_is_found_and_nothing_else(name: str) -> None:
    article = seed(name)
    found = segment(article)
    shown = [article.text[one.start : one.end] for one in found]
    assert (len(found), found[-1].paragraph) == COUNTS[name]
    assert [quote for quote in shown for marker in MARKERS if marker in quote] == []
    assert article.title not in " ".join(shown)
    bullets = 3 if name.startswith("000") else 0
    assert sum(quote[-1] not in ".”" for quote in shown) == bullets


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("MOSCOW—The gap", "on Russian President\n\nVladimir Putin."),
        ("“We didn’t see", "Hungary’s Prime Minister\n\nViktor Orban."),
        ("Presidential spokesman\n\nDmitry Peskov\n\ntold reporters", "diplomatic negotiation.”"),
        ("In a letter to his", "security architecture.”"),
    ],
)
def test_the_sentences_that_the_scrape_broke_are_whole(first: str, last: str) -> None:
    article = seed("002_06be6d4df69242f3")
    shown = [article.text[one.start : one.end] for one in segment(article)]
    assert sum(quote.startswith(first) and quote.endswith(last) for quote in shown) == 1


def test_the_name_in_the_middle_of_a_broken_sentence_is_kept() -> None:
    article = seed("002_06be6d4df69242f3")
    shown = [article.text[one.start : one.end] for one in segment(article)]
    assert sum("Foreign Minister\n\nSergei Lavrov\n\n\u00a0said\u00a0" in quote for quote in shown) == 1


def test_the_titles_of_the_scraped_articles_are_their_headlines() -> None:
    titles = [seed(name).title for name in COUNTS]
    assert [title.split()[0] for title in titles] == ["Russian", "Russia", "Gulf", "Moscow", "Russia"]


@pytest.mark.parametrize(
    "sentence",
    [
        "It is not true that\nRoe took the money in 2008.",
        "Roe is\nnot\nguilty of anything.",
        "The jury said that\nJane Roe was never\nguilty of the murder of the mayor.",
        "It is untrue that Cllr. Smith took money from the mill.",
        "The bridge was 3 m long, approx. 2 m wide and open from 10 a.m. Tuesday to 6 p.m. Friday.",
        "It is set out in Vol. 3 and in Eq. 5, as Solberg et al. [2004] say.",
        "They moved it to .NET Core.",
        "24. August 1991: the town declares that it is free.",
        "c. 1500 people came to the mill.",
        "The bank gave Jane Roe one last Credit: it was never paid back.",
    ],
)
def test_the_beginning_of_a_sentence_is_never_cut_off(sentence: str) -> None:
    text = f"It came on Friday.\n\n{sentence}\n\nThe town was silent."
    assert quotes(text) == ["It came on Friday.", sentence, "The town was silent."]


def test_a_language_has_its_own_abbreviations() -> None:
    german = (
        "Dr. Lang leitet die Firma seit dem 5. November 2003. Die Firma steht am Ufer des Flusses und baut Brücken."
    )
    assert quotes(german) == [german[:53].strip(), german[53:]]


@pytest.mark.parametrize(
    "sentence",
    [
        "Los EE. UU. cerraron el puerto en 1987.",
        "Los EE.UU. cerraron el puerto en 1987.",
        "El Sr. Ruiz y la Sra. Gil llegaron con la Dra. Ávila.",
        "Los barcos grandes, p. ej. el Rosa, no entran en el puerto.",
        "Dhr. Koster en mevr. De Wit kwamen met de bus.",
        "De brug is bijv. op zondag dicht.",
    ],
)
def test_dutch_and_spanish_abbreviations_end_no_sentence(sentence: str) -> None:
    assert quotes(f"Rapport\n\n{sentence}\n") == [sentence]


def test_lines_that_end_without_a_full_stop_are_quoted_one_by_one() -> None:
    facts = "Harbour master: Ada Bracken\nDepth: 4.5 m\nMoorings: 120"
    assert quotes(f"Marlow Harbour\n\n{facts}\n") == facts.split("\n")
    verses = "The lamp upon the rock\nHas burned for many years\nAnd every captain sees it"
    assert quotes(f"The Lamp\n\n{verses}\n") == verses.split("\n")
    shorter = "The keeper's name is Penn\nHe came from Marlow town"
    assert quotes(f"The Lamp\n\n{verses}\n\n{shorter}\n") == [*verses.split("\n"), *shorter.split("\n")]


@pytest.mark.parametrize(
    "lines",
    [
        "the lamp upon the rock\nhas burned for many years\nand nobody sees it",
        "Harbour master Ada Bracken\n\nDepth 4.5 m\n\n120 moorings",
        "Ada Bracken\n5 Quay Road\nMarlow",
        "Phone: 555 0123",
    ],
)
def test_every_line_of_a_text_made_of_lines_is_quoted(lines: str) -> None:
    found = quotes(f"The Lamp\n\n{lines}\n")
    assert " ".join(" ".join(found).split()) == " ".join(lines.split())


@pytest.mark.parametrize(
    "fact", ["Phone: 555 0123", "555 0123", "Jane Roe runs the mill", "E-mail: mill@marlow.example"]
)
def test_a_line_that_ends_a_text_is_no_heading(fact: str) -> None:
    sentence = "The ferry office is run by the county of Marlow."
    assert quotes(f"{sentence}\n\n{fact}\n") == [sentence, fact]
    assert quotes(f"{sentence}\n\n{fact}\n\nAdvertisement\n") == [sentence, fact]


@pytest.mark.parametrize("contact", ["Phone: 555 0123", "E-mail: mill@marlow.example"])
def test_contact_data_that_opens_a_text_is_no_headline(contact: str) -> None:
    assert quotes(f"{contact}\n\nThe ferry office is open.\n") == [contact, "The ferry office is open."]


@pytest.mark.parametrize(
    "last", ["Президент подписал договор в Киеве в 2008 году.", "وقع الرئيس الاتفاق في عام 2008.", "大統領は署名した。"]
)
def test_a_last_paragraph_in_another_script_is_quoted(last: str) -> None:
    text = "The mayor spoke to the people of the town in their own language and in his.\n\n" * 3 + last
    assert quotes(text)[-1] == last


@pytest.mark.parametrize(
    "text",
    [
        "A. Smith was found guilty of the theft in May.",
        "Q. Adams did not sign the letter of the council.",
        "The jury met on Monday.\n\nA. Smith was found guilty of the theft.\n\nQ. Adams did not sign the letter.",
        "Q. Who was guilty?\nA. Smith was, as the jury found in May.",
        "Q. Who wrote it?\nA. C. Doyle wrote all of it in one year.",
    ],
)
def test_the_initial_of_a_name_is_quoted_with_it(text: str) -> None:
    assert [name for name in ("A. Smith", "Q. Adams", "A. C. Doyle") if name in text] == [
        name for name in ("A. Smith", "Q. Adams", "A. C. Doyle") if name in " ".join(quotes(text))
    ]


def test_the_letters_of_speakers_are_not_quoted() -> None:
    assert quotes("Q. May I park here?\nA. You may park for an hour.\n\nQ. And on Sunday?\nA. No car may park.") == [
        "You may park for an hour.",
        "No car may park.",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "M. Dupont n'est pas coupable du vol, comme le juge l'a dit lundi. Le n. 5 est ouvert. M. Roy ne paie rien.",
        "M. Dupont n'est pas là.",
        "Der 2. Weltkrieg begann nicht im Jahr 1920, wie er sagte. Das 19. Jahrhundert war lang. "
        "Die Fa. Meier zahlt nicht. Sie kam als 2. Frau. Er zahlt 5 Mio. Euro.",
        "Der 2. Weltkrieg war lang.",
        "See Ex. 5 for the rule, which is not the one below. It holds in app. II as well.",
        "На рис. 3 показан мост через реку. В табл. 4 нет его длины. Это дом им. Чехова.",
        "To je 3. most přes řeku, který ve městě nikdy nestál. Na obr. 2 není vidět.",
    ],
)
def test_abbreviations_of_other_languages_end_no_sentence(text: str) -> None:
    assert all(quote[0].isupper() and len(quote) > 12 for quote in quotes(text)), quotes(text)
    assert "".join("".join(quotes(text)).split()) == "".join(text.split())
