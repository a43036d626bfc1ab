"""What records know of themselves."""

from __future__ import annotations

import pytest

from retrieval.records import Article


@pytest.mark.parametrize(("language", "read_as"), [("de", "de"), ("", "en")])
def test_an_article_whose_language_was_not_told_is_read_as_english(language: str, read_as: str) -> None:
    assert Article("storm", "A storm.", "The storm", "0" * 64, language=language).read_as == read_as
