"""The weights of an exported reader: those that its file has, and none but those."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from retrieval.answering.reader import BUILT_IN_FOLDER, CARD, MODEL
from retrieval.encoding.models import DEFAULT_MODEL, packaged_folder
from retrieval.errors import ReaderUnusable
from retrieval.files import file_digest

torch = pytest.importorskip("torch")

from retrieval.training.exported_weights import load_exported  # noqa: E402 - they need torch
from retrieval.training.exporting import Card, export_reader  # noqa: E402
from retrieval.training.reader_model import ReaderModel  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore:# The axis name")  # of torch, to itself
CARD_OF_TEST = Card("small", "our own", 12, "none")


def test_a_reader_is_read_back_within_its_eight_bits(small_model: Path, tmp_path: Path) -> None:
    model = ReaderModel.of(small_model)
    export_reader(model, tmp_path, CARD_OF_TEST)
    again = load_exported(tmp_path, small_model).state_dict()
    for name, weights in model.state_dict().items():
        step = float(weights.abs().max()) / 127
        assert float((again[name] - weights).abs().max()) <= step, name


def test_the_built_in_reader_is_exported_again_byte_for_byte(tmp_path: Path) -> None:
    """Eight bits of weights that came from eight bits are the same: nothing is lost where nothing is learned."""
    export_reader(load_exported(BUILT_IN_FOLDER, packaged_folder(DEFAULT_MODEL)), tmp_path, CARD_OF_TEST)
    assert file_digest(tmp_path / MODEL) == file_digest(BUILT_IN_FOLDER / MODEL)


def test_a_reader_of_another_shape_is_refused(small_model: Path) -> None:
    with pytest.raises(ReaderUnusable, match="has other weights than this version's readers"):
        load_exported(BUILT_IN_FOLDER, small_model)


def test_a_reader_that_its_card_does_not_describe_is_refused(small_model: Path, tmp_path: Path) -> None:
    for name in (CARD, MODEL):
        shutil.copy(BUILT_IN_FOLDER / name, tmp_path)
    card = json.loads((tmp_path / CARD).read_text("utf-8"))
    card["files"][MODEL] = "0" * 64
    (tmp_path / CARD).write_text(json.dumps(card))
    with pytest.raises(ReaderUnusable, match="has SHA-256"):
        load_exported(tmp_path, small_model)
