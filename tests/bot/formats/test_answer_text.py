"""What the citation of a quote says."""

from __future__ import annotations

from pathlib import Path

from bot.formats.answer_text import details
from bot.formats.json_output import citation_object
from retrieval.citations.permalink import resolve
from tests.retrieval.articles.test_pdf import changed
from tests.retrieval.articles.test_pdf_places import FIRST, SECOND, THIRD, numbered
from tests.retrieval.articles.test_text_files import pdf
from tests.toy import build_toy, open_toy


def test_an_answer_from_a_pdf_names_its_page(tmp_path: Path) -> None:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.pdf").write_bytes(changed(pdf(FIRST, SECOND, THIRD), numbered))
    build_toy(tmp_path / "articles", tmp_path / "index")
    citation = open_toy(tmp_path / "index").ask("When does it come back?").quotes[0].citation
    assert citation_object(citation)["locator"] == "p. ii"
    assert details(citation) == ["a", "p. ii", "¶ 2"]
    assert resolve(tmp_path / "index", citation.ref).citation == citation
