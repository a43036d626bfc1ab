"""From a citation back to the words it cites."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.citations.permalink import resolve
from retrieval.engine import Engine
from retrieval.errors import IndexDamaged, IndexNotFound, PermalinkInvalid, SourceChanged
from retrieval.index import folder
from retrieval.index.build import build
from retrieval.index.generation import Generation
from retrieval.index.keeping import Keep
from retrieval.index.listing import ListedGeneration
from retrieval.records import Quote
from tests.toy import PASSAGES, build_toy, open_toy, outdate, toy_chosen

WINDS = "Curator Osric Pell winds them every Sunday between six\nand nine."
WORDS = ("storm", "gale", "clocks", "market", "mayor", "wells", "toll", "bridge", "gusts", "boats")


@pytest.fixture
def index(corpus: Path, tmp_path: Path) -> Path:
    """An index of the corpus, which may be changed."""
    build_toy(corpus, tmp_path / "index")
    return tmp_path / "index"


@pytest.fixture(scope="module")
def engine(toy_index: Path) -> Engine:
    return open_toy(toy_index)


def quoted(index: Path) -> Quote:
    """A quote from museum.md, whose id is clock-museum."""
    quote = open_toy(index).ask("Which curator winds them every Sunday?").quotes[0]
    assert quote.text.endswith(WINDS)
    return quote


def change(corpus: Path, what: str) -> None:
    """Change museum.md, not its id."""
    text = (corpus / "museum.md").read_text("utf-8")
    (corpus / "museum.md").write_text(text.replace("Osric", f"Osric {what}"), "utf-8")


def test_a_citation_is_replayed_in_its_paragraph(index: Path) -> None:
    quote = quoted(index)
    span = resolve(index, f" {quote.citation.ref}\n")
    assert (span.state, span.citation, span.text) == ("current", quote.citation, quote.text)
    assert span.before + span.text + span.after == (
        "The clock museum keeps 312 clocks, all of them wound by hand. " + WINDS
    )
    assert span.article.text[span.citation.start : span.citation.end] == quote.text


@settings(max_examples=30, deadline=None)
@given(words=st.lists(st.sampled_from(WORDS), min_size=1))
def test_every_citation_replays_to_the_same_words(words: list[str], toy_index: Path, engine: Engine) -> None:
    for quote in engine.ask(" ".join(words), top=5).quotes:
        span = resolve(toy_index, quote.citation.ref)
        assert (span.text, span.citation, span.state) == (quote.text, quote.citation, "current")
        assert span.text in span.before + span.text + span.after
        for other in quote.also_in:
            assert resolve(toy_index, other.ref).citation == other


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_span_of_a_body_is_replayed(data: st.DataObject, toy_index: Path, engine: Engine) -> None:
    article = engine.generation.article(data.draw(st.integers(0, 5)))
    start = data.draw(st.integers(article.body, len(article.text) - 1))
    end = data.draw(st.integers(start + 1, len(article.text)))
    span = resolve(toy_index, f"{article.id}@{article.sha256[:12]}#{start}-{end}")
    assert span.text == article.text[start:end]
    assert span.before + span.text + span.after in article.text
    assert span.citation.paragraph >= 1


@pytest.mark.parametrize(
    "ref",
    [
        *("", "storm", "storm@abc#1-2", "storm@{digest}", "storm@{digest}#1", "storm@{digest}#-1-2", "@{digest}#1-2"),
        "storm@{digest}#٣-٨٣",
        *("storm@{digest}#1-2#", "storm@{upper}#1-2", "storm@{digest}#1 - 2", "storm@{digest}#1-" + "9" * 40),
    ],
)
def test_what_is_no_permalink(ref: str, toy_index: Path, engine: Engine) -> None:
    digest = engine.generation.article(5).sha256[:12]
    with pytest.raises(
        PermalinkInvalid, match=r"is malformed: copy it whole from a citation, as ARTICLE@DIGEST12#START"
    ):
        resolve(toy_index, ref.format(digest=digest, upper=digest.upper() if digest.upper() != digest else "X" * 12))


def test_an_article_that_is_not_there(toy_index: Path) -> None:
    for id_ in ("nobody", "storm@x", "storm#1-2", "a\udcff"):
        with pytest.raises(
            PermalinkInvalid, match=r"names no article of this corpus: it is no longer there and the version"
        ):
            resolve(toy_index, f"{id_}@{'0' * 12}#1-2")


def test_a_span_outside_the_article(toy_index: Path, engine: Engine) -> None:
    article = engine.generation.article(0)
    ref = f"{article.id}@{article.sha256[:12]}#"
    assert article.body > 0
    length = len(article.text)
    for start, end in [
        (length, length + 1),
        (length - 1, length + 1),
        (article.body - 1, length),
        (200, 200),
        (300, 200),
    ]:
        with pytest.raises(PermalinkInvalid, match=r"points outside its article"):
            resolve(toy_index, f"{ref}{start}-{end}")
    assert resolve(toy_index, f"{ref}{length - 1}-{length}").text == "\n"


def test_no_index(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFound):
        resolve(tmp_path, f"a@{'0' * 12}#1-2")


def test_a_file_that_changed_on_disk_is_told(corpus: Path, index: Path) -> None:
    quote = quoted(index)
    (corpus / "museum.md").write_text("Something else.\n", "utf-8")
    span = resolve(index, quote.citation.ref)
    assert (span.state, span.text) == ("changed", quote.text)
    (corpus / "museum.md").unlink()
    assert resolve(index, quote.citation.ref).state == "current", "a corpus that is not here tells nothing"


def test_a_file_that_cannot_be_read_tells_nothing(corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quote = quoted(index)

    def refuse(file: Path) -> str:
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr("retrieval.citations.freshness.file_digest", refuse)
    assert resolve(index, quote.citation.ref).state == "current"


def test_an_article_that_changed_and_was_indexed_again(corpus: Path, index: Path) -> None:
    quote = quoted(index)
    for number in range(2):
        change(corpus, f"the {number}th")
        build_toy(corpus, index)
        if number == 0:
            span = resolve(index, quote.citation.ref)
            assert (span.state, span.text, span.citation) == ("changed", quote.text, quote.citation)
            assert WINDS in span.article.text
    message = (
        r"^The source of clock-museum@\w+#\d+-\d+ changed since it was cited \(it is \w{12} now\), and the version"
    )
    with pytest.raises(SourceChanged, match=message):
        resolve(index, quote.citation.ref)


def test_an_article_that_was_withdrawn(corpus: Path, index: Path) -> None:
    quote = quoted(index)
    (corpus / "museum.md").unlink()
    build_toy(corpus, index)
    span = resolve(index, quote.citation.ref)
    assert (span.state, span.text) == ("withdrawn", quote.text)
    (corpus / "storm.txt").unlink()
    build_toy(corpus, index)
    with pytest.raises(PermalinkInvalid, match=r"it is no longer there and the version cited is no longer kept, or"):
        resolve(index, quote.citation.ref)


def test_an_older_generation_that_cannot_be_used(corpus: Path, index: Path) -> None:
    """A damaged one is told; one that is being pruned, or of another format, is as good as gone."""
    quote = quoted(index)
    older = Generation.current(index).folder
    change(corpus, "Ludwig")
    build_toy(corpus, index)
    assert resolve(index, quote.citation.ref).state == "changed"
    manifest, pointer = (older / "manifest.json").read_bytes(), (index / "CURRENT").read_text("ascii")
    (older / "manifest.json").write_bytes(manifest + b" ")
    with pytest.raises(IndexDamaged, match=r"manifest\.json is damaged \(its checksum differs\)"):
        resolve(index, quote.citation.ref)
    (older / "manifest.json").write_bytes(manifest)
    outdate(index, older)
    with pytest.raises(SourceChanged):
        resolve(index, quote.citation.ref)
    (older / "manifest.json").write_bytes(manifest)
    (index / "CURRENT").write_text(pointer, "ascii")
    texts = older / "texts.bin"
    texts.write_bytes(texts.read_bytes().replace(b"Osric", b"Oskar"))
    with pytest.raises(IndexDamaged, match=r"texts\.bin is damaged"):
        resolve(index, quote.citation.ref)
    shutil.rmtree(older)
    with pytest.raises(SourceChanged):
        resolve(index, quote.citation.ref)


def test_a_generation_pruned_while_it_is_looked_at(corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quote = quoted(index)
    change(corpus, "Ludwig")
    build_toy(corpus, index)
    newest, *others = folder.listed(index)
    gone = ListedGeneration(index / "generations" / "000000", "0" * 64, "2024-05-06T07:08:09+00:00")
    monkeypatch.setattr("retrieval.index.folder.listed", lambda _: (newest, gone, *others))
    assert resolve(index, quote.citation.ref).state == "changed"


def test_old_versions_are_shown_as_long_as_they_are_kept(corpus: Path, index: Path) -> None:
    quote, keep = quoted(index), Keep(3)
    for number in range(4):
        change(corpus, f"the {number}th")
        build(corpus, index, lambda before: toy_chosen(), PASSAGES, keep=keep)
        if number < 3:
            span = resolve(index, quote.citation.ref)
            assert (span.state, span.text, span.citation) == ("changed", quote.text, quote.citation)
    with pytest.raises(SourceChanged):
        resolve(index, quote.citation.ref)
    late = open_toy(index).ask("Which curator winds them every Sunday?").quotes[0]
    build(corpus, index, lambda before: toy_chosen(), PASSAGES, keep=Keep(0))
    assert len(folder.listed(index)) == 1, "nothing to do, and nothing else to keep"
    change(corpus, "nobody")
    build(corpus, index, lambda before: toy_chosen(), PASSAGES, keep=Keep(0, days=1))
    assert resolve(index, late.citation.ref).text == late.text


def test_builds_that_change_no_cited_text_cost_no_place(corpus: Path, index: Path) -> None:
    """Neither a new article nor a file that cannot be read takes the place of a version that is cited."""
    refs = list[str]()
    for name in ("Anna", "Ludwig", "nobody"):
        refs.append(open_toy(index).ask("Which curator winds them every Sunday?").quotes[0].citation.ref)
        change(corpus, name)
        build_toy(corpus, index, keep=Keep(2))
    for number in range(5):
        (corpus / f"more-{number}.txt").write_text(f"The museum has {number} clocks of that kind in its cellar.\n")
        (corpus / "broken.pdf").write_bytes(b"no PDF" * number)
        assert not build_toy(corpus, index, keep=Keep(2)).unchanged
        assert [resolve(index, ref).state for ref in refs[1:]] == ["changed", "changed"]
        assert len(folder.listed(index)) == 3
    with pytest.raises(SourceChanged):
        resolve(index, refs[0])


def test_places_that_no_other_version_needs_are_filled_with_the_latest(corpus: Path, index: Path) -> None:
    for number in range(4):
        (corpus / f"more-{number}.txt").write_text(f"The museum has {number} clocks of that kind in its cellar.\n")
        build_toy(corpus, index, keep=Keep(2))
    assert [listed.folder.name for listed in folder.listed(index)] == ["000005", "000004", "000003"]


def test_a_former_generation_whose_articles_cannot_be_read_keeps_its_place(corpus: Path, index: Path) -> None:
    for number in range(3):
        (corpus / f"more-{number}.txt").write_text(f"The museum has {number} clocks of that kind in its cellar.\n")
        build_toy(corpus, index, keep=Keep(1))
        former = folder.listed(index)[1].folder
        if not number:
            (former / "articles.bin").write_bytes(b"damaged")
        assert former.name == "000001"
