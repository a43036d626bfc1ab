"""What has to be alike on all machines, so that each makes the same bytes of an article."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from retrieval.analysis import ANALYSIS
from retrieval.articles.pdf_ocr import missing
from retrieval.encoding.processor import saturates_int8
from retrieval.errors import WorkerDiffers
from retrieval.extras import is_installed
from retrieval.index.manifest import FORMAT

ABSENT = "none"
OWN, PROCESSOR = "quoth", "a processor of the kind"
LIBRARIES = (
    "charset-normalizer", "dateparser", "feedparser", "lxml", "lxml-html-clean", "markdown-it-py", "mdit-py-plugins",
    "mwparserfromhell", "numpy", "onnxruntime", "py3langid", "pypdf", "PyStemmer", "pyyaml", "sentencex", "tokenizers",
    "trafilatura", "webvtt-py",
)  # fmt: skip
"""What reads, splits and encodes articles."""


def traits() -> dict[str, str]:
    """Return what of this machine decides what is made of an article."""
    return {
        OWN: f"{_version(OWN)} (format {FORMAT}, {ANALYSIS})",
        **{name: _version(name) for name in LIBRARIES},
        "quoth's extra documents": _version("pypandoc_binary") if is_installed("documents") else ABSENT,
        "the program that reads scanned pages": ABSENT if missing() else "there",
        PROCESSOR: f"{platform.machine()}{' without VNNI' if saturates_int8() else ''}",
    }


def check_alike(node: str, theirs: Mapping[str, str], ours: Mapping[str, str]) -> None:
    """Raise WorkerDiffers where a worker's machine would make something else of an article."""
    for name, expected in ours.items():
        has = theirs.get(name, ABSENT)
        if has != expected:
            raise WorkerDiffers(node, name, has, expected)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ABSENT
