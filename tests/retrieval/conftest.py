"""Fixtures for tests of the engine: corpora, indexes and the default model."""

from __future__ import annotations

from pathlib import Path

import pytest

from retrieval.encoding.encoder import Encoder
from retrieval.encoding.export import export
from retrieval.encoding.models import DEFAULT_MODEL, locate
from retrieval.encoding.selection import EncoderSettings, passage_encoder
from tests.conftest import MODEL_CACHE
from tests.toy import build_toy, write_corpus


@pytest.fixture(scope="session")
def toy_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of the six articles, made with the toy encoder; `toy_index.parent / "corpus"` holds them."""
    folder = tmp_path_factory.mktemp("toy")
    build_toy(write_corpus(folder / "corpus"), folder / "index")
    return folder / "index"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """The six articles, in a folder that a test may change."""
    return write_corpus(tmp_path / "corpus")


@pytest.fixture(scope="session")
def minilm() -> Encoder:
    """The default model without any settings."""
    return passage_encoder(EncoderSettings(threads=1), MODEL_CACHE).load()


@pytest.fixture(scope="session")
def export_folder() -> Path:
    """The folder of the default model's export, made where it is not there yet."""
    return export(locate(DEFAULT_MODEL), MODEL_CACHE)
