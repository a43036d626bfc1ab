"""Is a text verbatim in the corpus?"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from retrieval.citations.verifier import MOST_CITATIONS, verify
from retrieval.engine import Engine
from retrieval.errors import InputInvalid
from tests.retrieval.articles.test_text_files import pdf
from tests.toy import SHARED_LINE, build_toy, open_toy


@pytest.fixture(scope="module")
def engine(toy_index: Path) -> Engine:
    return open_toy(toy_index)


def text_of(engine: Engine, id_: str) -> str:
    row = engine.generation.row_of(id_)
    assert row is not None
    return engine.generation.article(row).text


def test_a_text_is_cited_wherever_it_stands(engine: Engine) -> None:
    match = verify(engine, f"\n {SHARED_LINE}\t")
    assert (match.verdict, match.text, match.nearest) == ("verbatim", SHARED_LINE, None)
    assert [cited.article for cited in match.citations] == ["harbour", "storm"]
    for cited in match.citations:
        assert text_of(engine, cited.article)[cited.start : cited.end] == SHARED_LINE
    assert [cited.paragraph for cited in match.citations] == [1, 1]


def test_every_occurrence_in_an_article_counts_up_to_a_limit(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.txt").write_text("The abab heron came. " * 12, "utf-8")
    (corpus / "b.txt").write_text("The abab heron came. " * 12, "utf-8")
    build_toy(corpus, tmp_path / "index")
    engine = open_toy(tmp_path / "index")
    match = verify(engine, "heron")
    assert len(match.citations) == MOST_CITATIONS
    places = [(cited.article, cited.start) for cited in match.citations]
    assert places == sorted(set(places))
    assert places == [(id_, 9 + 21 * n) for id_ in "ab" for n in range(12)][:MOST_CITATIONS]
    assert len(verify(engine, "aba").citations) == MOST_CITATIONS


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_any_slice_with_a_word_is_verbatim(data: st.DataObject, engine: Engine) -> None:
    article = engine.generation.article(data.draw(st.integers(0, 5)))
    start = data.draw(st.integers(article.body, len(article.text) - 1))
    end = data.draw(st.integers(start + 1, len(article.text)))
    quote = article.text[start:end].strip()
    assume(any(map(str.isalnum, quote)))
    match = verify(engine, article.text[start:end])
    assert (match.verdict, match.text) == ("verbatim", quote)
    for cited in match.citations:
        assert text_of(engine, cited.article)[cited.start : cited.end] == quote
    if len(match.citations) < MOST_CITATIONS:
        assert article.id in {cited.article for cited in match.citations}


def test_a_seam_between_two_articles_is_no_text(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "a.txt").write_text("The river rose in the night", "utf-8")
    (corpus / "b.txt").write_text("and the mill stood still.", "utf-8")
    build_toy(corpus, tmp_path / "index")
    engine = open_toy(tmp_path / "index")
    assert b"nightand the" in engine.generation.texts.bytes[:]
    assert verify(engine, "rose in the nightand the mill").verdict != "verbatim"
    assert verify(engine, "nightand").verdict == "absent"
    assert verify(engine, "The river rose in the night").verdict == "verbatim"


def test_front_matter_is_no_text_of_the_article(engine: Engine) -> None:
    assert "A crossing reopens" in text_of(engine, "bridge")
    assert verify(engine, "A crossing reopens").verdict == "absent"
    assert verify(engine, "The museum of clocks").verdict != "verbatim"


def test_line_ends_are_characters_too(engine: Engine) -> None:
    quote = "Traders complained that the old square\r\nfloods whenever it rains."
    match = verify(engine, quote)
    assert match.verdict == "verbatim"
    cited = match.citations[0]
    assert text_of(engine, "market")[cited.start : cited.end] == quote
    wrapped = verify(engine, quote.replace("\r\n", " "))
    assert (wrapped.verdict, wrapped.nearest, wrapped.citations) == ("typography", quote, match.citations)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("The oldest clock was built by a nun in 1540.", "The oldest clock was built by a monk in 1540."),
        (
            "Brandt told the board that a new pier will stand for a thousand years.",
            "Brandt told the council that the new pier will stand for a hundred years.",
        ),
        ("the oldest clock was built by a monk in 1540.", "The oldest clock was built by a monk in 1540."),
    ],
)
def test_a_text_that_is_nearly_there(text: str, nearest: str, engine: Engine) -> None:
    match = verify(engine, text)
    assert (match.verdict, match.text, match.nearest) == ("near", text, nearest)
    cited = match.citations[0]
    assert text_of(engine, cited.article)[cited.start : cited.end] == nearest


def test_the_nearest_may_be_several_sentences(engine: Engine) -> None:
    text = "Brandt told the council that the pier will stand. She thanked the masons of Oskeld, who cut each block."
    nearest = verify(engine, text).nearest
    assert nearest is not None
    assert nearest.startswith("Brandt told the council")
    assert nearest.endswith("by hand.")


@pytest.mark.parametrize(
    "text", ["Nothing of this kind was ever printed in any newspaper.", "zebra", "звезда", "a\udcffb"]
)
def test_a_text_that_is_not_there(text: str, engine: Engine) -> None:
    match = verify(engine, text)
    assert (match.verdict, match.citations, match.nearest) == ("absent", (), None)


@pytest.mark.parametrize("text", ["", " \n", "…", "😀", "___"])
def test_a_text_without_a_word(text: str, engine: Engine) -> None:
    with pytest.raises(InputInvalid, match=r"^The text to verify has no word in it: give the words of a quote\.$"):
        verify(engine, text)


def test_a_long_text_is_looked_up_whole(engine: Engine) -> None:
    article = engine.generation.article(0)
    whole = article.text[article.body :].strip()
    assert verify(engine, whole).verdict == "verbatim"
    assert verify(engine, whole + " " + "And so on. " * 500).verdict == "absent"


def test_a_quote_as_it_is_shown_is_verbatim(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    marked = "See [the drawing](x.html) of **the old kettle** before you run `boil --now` in the kitchen."
    for name in ("a.md", "b.txt"):
        (corpus / name).write_text(f"{marked}\n\nThe lamp is *off* at night in {name}.\n", "utf-8")
    build_toy(corpus, tmp_path / "index")
    engine = open_toy(tmp_path / "index")
    match = verify(engine, "See the drawing of the old kettle before you run boil --now in the kitchen.")
    assert (match.verdict, match.text) == ("verbatim", marked)
    assert [cited.path for cited in match.citations] == ["a.md", "b.txt"]
    assert verify(engine, "The lamp is off at night in a.md.").verdict == "verbatim"
    assert verify(engine, "The lamp is off at night in b.txt.").verdict == "near", "there the signs are text"
    assert (
        verify(engine, "See the drawing of the new kettle before you run boil --now in the kitchen.").verdict == "near"
    )


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("See the drawing", "See [the drawing](x.html)"),
        ("of the old kettle before you", "of **the old kettle** before you"),
        ("run boil --now in", "run `boil --now` in"),
        ("merchant Grey", "merchant [[Lucas Grey|Grey]]"),
        ("the merchant Grey. He", None),
        ("of the kettle before you", None),
    ],
)
def test_a_part_of_a_quote_as_it_is_shown_is_verbatim(text: str, source: str | None, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    marked = "See [the drawing](x.html) of **the old kettle** before you run `boil --now` in the kitchen."
    (tmp_path / "corpus/a.md").write_text(f"{marked}\n\nIt belonged to the merchant [[Lucas Grey|Grey]].\n", "utf-8")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    match = verify(open_toy(tmp_path / "index"), text)
    if source is None:
        assert match.verdict != "verbatim"
    else:
        assert (match.verdict, match.text) == ("verbatim", source)


@pytest.mark.parametrize(
    "forged",
    [
        "See [the drawing](https://evil.example) of the old kettle before you run boil --now in the kitchen.",
        "See the drawing <never>of the old kettle before you run boil --now in the kitchen.",
        "See the drawing of [^never]the old kettle before you run boil --now in the kitchen.",
        "See the drawing of <!-- not --> the old kettle before you run boil --now in the kitchen.",
        "See the drawing of the old kettle before you run boil ; now in the kitchen.",
    ],
)
def test_only_what_is_shown_is_verbatim(forged: str, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    marked = "See [the drawing](x.html) of **the old kettle** before you run `boil --now` in the kitchen."
    (tmp_path / "corpus/a.md").write_text(f"{marked}\n", "utf-8")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    assert verify(open_toy(tmp_path / "index"), forged).verdict == "near"


def test_a_text_read_without_the_labels_of_its_links_is_verbatim(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    source = "The old [mill][m] by the river[^1] grinds the corn of nine villages."
    (corpus / "a.md").write_text(f"# Mill\n\n{source}\n\n[m]: mill.md\n\n[^1]: So said the miller.\n", "utf-8")
    build_toy(corpus, tmp_path / "index")
    match = verify(open_toy(tmp_path / "index"), "The old mill by the river¹ grinds the corn of nine villages.")
    assert (match.verdict, match.text) == ("verbatim", source)
    assert match.citations[0].labels == (("m", ""), ("^1", "¹"))


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ('"Our wells are low and the summer has only begun.', "“Our wells are low and the summer has only begun."),
        ("“I shall miss the fountain,” she said,", '"I shall miss the fountain," she said,'),
        ("Traders\ncomplained that\u00a0the  old square floods", "Traders complained that the old square\r\nfloods"),
        ("stone brid\u00adge over the river", "stone bridge over the river"),
    ],
)
def test_a_text_that_is_the_same_but_for_typography(text: str, source: str, engine: Engine) -> None:
    match = verify(engine, text)
    assert (match.verdict, match.text, match.nearest) == ("typography", text, source)
    for cited in match.citations:
        assert text_of(engine, cited.article)[cited.start : cited.end] == source


@pytest.mark.parametrize(
    "text", ["the oldest clock was built by a monk in 1540.", "“I shall miss the fountain.” she said,"]
)
def test_other_letters_and_signs_are_more_than_typography(text: str, engine: Engine) -> None:
    assert verify(engine, text).verdict in ("near", "absent")


def test_a_wrapped_quote_of_markdown_is_verbatim_as_it_is_shown(engine: Engine) -> None:
    shown = "Engineer Ilse Brandt had closed it in 2016, when divers found a crack in the eastern pier."
    match = verify(engine, shown)
    assert (match.verdict, match.text) == ("verbatim", shown.replace(", when", ",\nwhen"))
    assert verify(engine, "had closed it in 2016, when divers").verdict == "verbatim"


def test_a_quote_as_it_is_shown_may_differ_in_typography(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    marked = "See [the drawing](x.html) of **the “old” kettle** before you run it."
    (tmp_path / "corpus/a.md").write_text(f"{marked}\n", "utf-8")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    match = verify(open_toy(tmp_path / "index"), 'See the drawing of the "old" kettle before you run it.')
    assert (match.verdict, match.nearest) == ("typography", marked)


def test_an_article_that_is_named_is_searched_first(engine: Engine) -> None:
    generation = engine.generation
    row = generation.row_of("storm")
    assert row is not None
    assert [cited.article for cited in verify(engine, SHARED_LINE, (), [row]).citations] == ["storm"]
    assert [cited.article for cited in verify(engine, "No sailor lost his life", (), [row]).citations] == ["harbour"]
    straight = SHARED_LINE.replace(" ", "  ", 1)
    assert [cited.article for cited in verify(engine, straight, (), [row]).citations] == ["storm"]


STRUCK_PAGE = """<html><head><title>Ferry</title></head><body><article><p>The ferry was <s>not</s> late on Monday, and
x<sup>2</sup> is four for all sailors.</p><p>Nothing else happened in the village that summer.</p></article></body>
"""


def test_a_sign_that_stands_for_struck_words_is_not_verbatim(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus/ferry.html").write_text(STRUCK_PAGE, "utf-8")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    engine = open_toy(tmp_path / "index")
    for text in ("The ferry was […] late on Monday", "The ferry was [...] late on Monday"):
        match = verify(engine, text)
        assert (match.verdict, match.text, match.nearest) == ("gaps", text, "The ferry was […] late on Monday")
        assert [cited.article for cited in match.citations] == ["ferry"]
    for text in ("late on Monday, and x² is four for all sailors.", "Nothing else happened in the village"):
        match = verify(engine, text)
        assert (match.verdict, match.is_extracted) == ("verbatim", True)
    (tmp_path / "corpus/report.txt").write_text("He wrote: The ferry was […] late on Monday.\n", "utf-8")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    match = verify(open_toy(tmp_path / "index"), "The ferry was […] late on Monday")
    assert (match.verdict, match.is_extracted) == ("verbatim", False)
    assert [cited.article for cited in match.citations] == ["report"], "the text has the sign itself"


@pytest.mark.parametrize(("name", "verdict"), [("ferry.pdf", "verbatim"), ("ferry.txt", "typography")])
def test_line_breaks_of_a_page_are_no_words(name: str, verdict: str, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    lines = "The ferry to the island of Lomond\nsails at nine on every day."
    (tmp_path / "corpus" / name).write_bytes(pdf(lines) if name.endswith(".pdf") else lines.encode())
    build_toy(tmp_path / "corpus", tmp_path / "index")
    engine = open_toy(tmp_path / "index")
    source = text_of(engine, "ferry").strip()
    assert verify(engine, source).is_respaced is False
    match = verify(engine, "ferry to the island of Lomond sails at nine")
    assert (match.verdict, match.is_respaced) == (verdict, verdict == "verbatim")
    assert (match.nearest or match.text) == "ferry to the island of Lomond\nsails at nine"
    cited = match.citations[0]
    assert text_of(engine, "ferry")[cited.start : cited.end] == (match.nearest or match.text)
    assert verify(engine, "ferry to the island of Lomond sails at ten").verdict != "verbatim"


def test_a_record_is_not_extracted(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus/a.jsonl").write_text('{"_id": "a", "text": "The […] oldest clock loses four minutes."}\n')
    build_toy(tmp_path / "corpus", tmp_path / "index")
    match = verify(open_toy(tmp_path / "index"), "The […] oldest clock")
    assert (match.verdict, match.is_extracted) == ("verbatim", False)


HIDDEN = {
    "a.mdx": """import Chart from '../components/chart.js'
export const snowfall = 2018

# Snow

In {snowfall}, the mayor of Velmora said that nobody expected so much snow.
""",
    "b.md": """The bridge is open. <!-- The council never voted on the toll. -->

<div hidden>The tunnel is flooded.</div>

~~The mill was sold to a stranger.~~ The mill stands where it stood.
""",
}


@pytest.mark.parametrize(
    "text",
    [
        "import Chart from '../components/chart.js'",
        "export const snowfall = 2018",
        "The council never voted on the toll.",
        "The bridge is open. <!-- The council never voted",
        "The tunnel is flooded.",
        "The mill was sold to a stranger.",
        "{snowfall}",
    ],
)
def test_what_a_page_does_not_show_is_no_text_of_the_article(text: str, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    for name, content in HIDDEN.items():
        (tmp_path / "corpus" / name).write_text(content, "utf-8")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    engine = open_toy(tmp_path / "index")
    assert verify(engine, text).verdict in ("near", "absent")
    for shown in ("The bridge is open.", "The mill stands where it stood.", "In {snowfall}, the mayor of Velmora"):
        assert verify(engine, shown).verdict == "verbatim"
    assert verify(engine, HIDDEN["b.md"]).verdict == "verbatim"


def test_any_of_several_readings_may_be_the_text(engine: Engine) -> None:
    match = verify(engine, "> No sailor lost", ["No sailor lost"])
    assert (match.verdict, match.text) == ("verbatim", "No sailor lost")
    assert verify(engine, "No sailor", ["zebra"]).text == "No sailor"


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("The price is 350 dollars", "near"),
        ("or 1200 yen", "near"),
        ("1200 yen per visitor", "near"),
        ("The price of a pony on weekends is high", "absent"),
        ("or yen", "absent"),
    ],
)
def test_a_part_of_a_longer_sentence_is_near(text: str, verdict: str, tmp_path: Path) -> None:
    sentence = "The price is 3.50 dollars or 1,200 yen per visitor on weekends."
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "price.txt").write_text(f"{sentence} A pony stands in the yard.\n", "utf-8")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    match = verify(open_toy(tmp_path / "index"), text)
    assert (match.verdict, match.nearest) == (verdict, sentence if verdict == "near" else None)
