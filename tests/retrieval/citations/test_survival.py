"""Whether words that were cited once still stand in the corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.citations.survival import Standing, standing
from retrieval.errors import PermalinkInvalid
from retrieval.index.generation import Generation
from tests.toy import build_toy

WELL = "The well is nine metres deep."
MILL = "The mill stands on the hill."
TEXT = f"{WELL} It was dug by hand. {MILL}\n"


class Corpus:
    """One article in a toy index, in any number of versions."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "articles").mkdir()
        (folder / "articles" / "other.txt").write_text("Nothing happened on Tuesday.\n")

    def version(self, text: str | None) -> Generation:
        """The generation after the article was written, or removed."""
        file = self._folder / "articles" / "village.txt"
        if text is None:
            file.unlink()
        else:
            file.write_text(text)
        build_toy(self._folder / "articles", self._folder / "index")
        return Generation.current(self._folder / "index")


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    """A corpus to change."""
    return Corpus(tmp_path)


def ref(generation: Generation, words: str) -> str:
    """The permalink of words of the village's article."""
    row = generation.row_of("village")
    assert row is not None
    start = generation.article(row).text.index(words)
    return generation.cite(row, start, start + len(words), 1).ref


def test_a_source_that_did_not_change_stands(corpus: Corpus) -> None:
    first = corpus.version(TEXT)
    assert standing(ref(first, WELL), first, ()) == Standing("stands", ref(first, WELL))


def test_the_same_sentence_elsewhere_in_the_article_stands(corpus: Corpus) -> None:
    first = corpus.version(TEXT)
    second = corpus.version(f"It rained. {MILL} {WELL}\n")
    for words in (WELL, MILL):
        assert standing(ref(first, words), second, [first]) == Standing("stands", ref(second, words))


def test_of_several_places_the_nearest_is_taken(corpus: Corpus) -> None:
    first = corpus.version(TEXT)
    second = corpus.version(f"{MILL} It rained. {MILL}\n")
    became = standing(ref(first, MILL), second, [first])
    start = f"{MILL} It rained. {MILL}".rindex(MILL)
    assert became.ref is not None
    assert became.ref.endswith(f"#{start}-{start + len(MILL)}")


def test_words_that_were_altered_or_are_part_of_another_sentence_do_not_stand(corpus: Corpus) -> None:
    first = corpus.version(TEXT)
    second = corpus.version(f"{WELL.replace('nine', 'ten')} Nobody believes that the mill stands on the hill.\n")
    assert standing(ref(first, WELL), second, [first]) == Standing("changed")
    third = corpus.version(f"The mayor said that {WELL} It was dug by hand.\n")
    assert standing(ref(first, WELL), third, [first]) == Standing("changed")


def test_an_article_that_is_gone_is_withdrawn(corpus: Corpus) -> None:
    first = corpus.version(TEXT)
    assert standing(ref(first, WELL), corpus.version(None), [first]) == Standing("withdrawn")


def test_a_version_that_nobody_keeps_counts_as_changed_and_stands_once_it_is_back(corpus: Corpus) -> None:
    first = corpus.version(TEXT)
    second = corpus.version(f"It rained. {TEXT}")
    assert standing(ref(first, WELL), second, ()) == Standing("changed")
    third = corpus.version(TEXT)
    assert standing(ref(first, WELL), third, [second]) == Standing("stands", ref(first, WELL))


def test_what_is_no_permalink_is_refused(corpus: Corpus) -> None:
    with pytest.raises(PermalinkInvalid):
        standing("village", corpus.version(TEXT), ())
