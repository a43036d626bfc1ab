"""Finding what a corpus repeats."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.evaluation.coverage import repeats
from retrieval.evaluation.coverage.repeats import Repeat, alike
from tests.toy import ARTICLES, SHARED_LINE, build_toy, open_toy, write_corpus


def repeated(index: Path) -> list[tuple[str, int, int, str, int]]:
    """Return the articles that repeat others: article, sentences, repeated, other, shared."""
    return [
        (repeat.article, repeat.sentences, repeat.repeated, repeat.other, repeat.shared)
        for repeat in alike(open_toy(index)).repeats
    ]


def test_a_group_has_its_lines_with_their_places(toy_index: Path) -> None:
    report = alike(open_toy(toy_index))
    (group,) = report.groups
    assert (group.wordings, group.articles) == (1, 2)
    assert [(line.text, line.citation.article, line.citation.paragraph) for line in group.lines] == [
        (SHARED_LINE, "harbour", 1),
        (SHARED_LINE, "storm", 1),
    ]
    for line in group.lines:
        text = ARTICLES[f"{line.citation.article}.txt"]
        assert text[line.citation.start : line.citation.end] == line.text
    assert report.repeats == ()


def test_letter_case_and_punctuation_make_no_other_wording(corpus: Path, tmp_path: Path) -> None:
    (corpus / "shouted.txt").write_text(f"{SHARED_LINE.upper()[:-1]}!\n")
    (corpus / "misprint.txt").write_text(SHARED_LINE.replace("gale", "gales") + "\n")
    build_toy(corpus, tmp_path / "index")
    (group,) = alike(open_toy(tmp_path / "index")).groups
    assert (len(group.lines), group.wordings, group.articles) == (4, 2, 4)


def test_of_two_copies_one_is_named(corpus: Path, tmp_path: Path) -> None:
    (corpus / "copy.md").write_text(ARTICLES["letters/mayor.md"])
    build_toy(corpus, tmp_path / "index")
    engine = open_toy(tmp_path / "index")
    (repeat,) = alike(engine).repeats
    row = engine.generation.row_of("copy")
    assert row is not None
    text = engine.generation.article(row).text
    assert repeat == Repeat("copy", "A letter from the mayor", repeat.opening, 5, 5, "letters/mayor", 5)
    assert repeat.opening.text == text[repeat.opening.citation.start : repeat.opening.citation.end]
    assert repeat.opening.text.startswith("Mayor Agnes Thorel")


def test_an_excerpt_repeats_and_what_it_is_of_does_not(corpus: Path, tmp_path: Path) -> None:
    market = "Cheese maker Bruna Falk sold her first wheel there in 1974."
    (corpus / "excerpt.txt").write_text(f"{SHARED_LINE} Nothing else is known of that night.\n\n{market}\n")
    (corpus / "one.txt").write_text(f"{SHARED_LINE}\n\nThe mayor said so. The baker agreed. So did the smith.\n")
    build_toy(corpus, tmp_path / "index")
    assert repeated(tmp_path / "index") == [("excerpt", 3, 2, "harbour", 1)]


def test_a_line_that_too_many_print_does_not_tell_whose_repeat_an_article_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    write_corpus(tmp_path / "corpus")
    (tmp_path / "corpus" / "line.txt").write_text(f"{SHARED_LINE}\n")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    assert repeated(tmp_path / "index") == [("line", 1, 1, "harbour", 1)]
    monkeypatch.setattr(repeats, "MOST_OTHERS", 2)
    assert repeated(tmp_path / "index") == []


def test_an_article_that_repeats_itself_repeats_no_other(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "song.txt").write_text("The river ran by the mill.\n\nThe mill ran down.\n\n" * 3)
    (tmp_path / "corpus" / "news.txt").write_text("The bridge over the river reopened on Friday.\n")
    build_toy(tmp_path / "corpus", tmp_path / "index")
    report = alike(open_toy(tmp_path / "index"))
    assert [(len(group.lines), group.articles) for group in report.groups] == [(3, 1), (3, 1)]
    assert report.repeats == ()
