"""What became of cited words: old and new wording, and when that was seen, as long as the version is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.citations.changes import Change, change_of
from retrieval.index import folder
from retrieval.index.keeping import Keep
from retrieval.sealed import seal_lines
from tests.toy import build_toy, open_toy, write_corpus

OLD = "The ferry to the island leaves at nine on weekdays. It takes dogs on a lead.\n"


@pytest.fixture
def cited(tmp_path: Path) -> str:
    """The permalink of the first sentence of an article."""
    corpus = write_corpus(tmp_path / "corpus")
    (corpus / "ferry.txt").write_text(OLD)
    build_toy(corpus, tmp_path / "index")
    quotes = open_toy(tmp_path / "index").ask("When does the ferry to the island leave on weekdays?").quotes
    return next(quote.citation.ref for quote in quotes if quote.citation.article == "ferry")


def rebuilt(tmp_path: Path, text: str | None) -> str:
    """Change the article, or remove it; return when the index was built again."""
    file = tmp_path / "corpus" / "ferry.txt"
    if text is None:
        file.unlink()
    else:
        file.write_text(text)
    build_toy(tmp_path / "corpus", tmp_path / "index", keep=Keep(5))
    return str(folder.listed(tmp_path / "index")[1].replaced)


def changed(tmp_path: Path, ref: str) -> Change:
    change = change_of(tmp_path / "index", ref)
    assert change is not None
    return change


def test_an_article_that_is_as_it_was_has_no_change(cited: str, tmp_path: Path) -> None:
    assert change_of(tmp_path / "index", cited) is None
    assert change_of(tmp_path / "index", "ferry@0123456789ab#0-5") is None


def test_old_and_new_wording_and_when_that_was_seen(cited: str, tmp_path: Path) -> None:
    seen = rebuilt(tmp_path, OLD.replace("nine", "ten"))
    rebuilt(tmp_path, OLD.replace("nine", "ten").replace("dogs", "cats"))
    change = changed(tmp_path, cited)
    assert change.old == "The ferry to the island leaves at nine on weekdays."
    assert change.new == "The ferry to the island leaves at ten on weekdays."
    assert (change.seen, change.stands) == (seen, False)
    assert change.citation is not None
    assert change.citation.article == "ferry"


def test_words_that_only_moved_still_stand(cited: str, tmp_path: Path) -> None:
    rebuilt(tmp_path, f"Nothing sails in a storm. {OLD}")
    change = changed(tmp_path, cited)
    assert change.stands
    assert change.citation is not None
    assert change.citation.start == len("Nothing sails in a storm. ")


@pytest.mark.parametrize("text", [None, "Quite another article about the weather on the mountain.\n"])
def test_words_that_are_gone_have_no_new_wording(cited: str, tmp_path: Path, text: str | None) -> None:
    seen = rebuilt(tmp_path, text)
    change = changed(tmp_path, cited)
    assert (change.new, change.citation, change.seen) == (None, None, seen)


def test_a_version_that_is_no_longer_kept_is_not_known(cited: str, tmp_path: Path) -> None:
    rebuilt(tmp_path, OLD.replace("nine", "ten"))
    (tmp_path / "corpus" / "ferry.txt").write_text(OLD.replace("nine", "eleven"))
    build_toy(tmp_path / "corpus", tmp_path / "index", keep=Keep(0))
    assert change_of(tmp_path / "index", cited) is None


def test_when_it_was_seen_is_known_once_the_generations_between_are_gone(cited: str, tmp_path: Path) -> None:
    index = tmp_path / "index"
    rebuilt(tmp_path, OLD.replace("nine", "ten"))
    now, before = (index / "CURRENT").read_text().splitlines()[:2]
    long_ago = "2024-05-06T07:08:09+00:00"
    (index / "CURRENT").write_bytes(seal_lines([now, f"{before.rpartition(' ')[0]} {long_ago}"]))
    for number in range(3):
        (tmp_path / "corpus" / f"more-{number}.txt").write_text("The pier has a café.\n")
        build_toy(tmp_path / "corpus", index, keep=Keep(1))
    assert len(folder.listed(index)) == 2
    assert changed(tmp_path, cited).seen == long_ago
