"""What is installed, as far as reading articles goes."""

from __future__ import annotations

import pytest

from retrieval.articles import pdf, pdf_ocr

WITHOUT_OCR = "pip install 'quoth[ocr]' and apt-get install tesseract-ocr"


@pytest.fixture
def without_ocr(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have nothing installed that reads scanned pages."""
    for module in (pdf, pdf_ocr):
        monkeypatch.setattr(module, "missing", lambda: WITHOUT_OCR)
