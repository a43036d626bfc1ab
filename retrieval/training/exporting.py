"""Export the weights for ONNX Runtime, check them against torch, and write the model card."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from retrieval.answering.reader import CARD, DEQUANTISED, INPUTS, MODEL, OUTPUTS
from retrieval.encoding.onnx_runtime import open_session, quantise
from retrieval.errors import ModelUnfit
from retrieval.files import file_digest, write_whole
from retrieval.training.dequantised import write_dequantised
from retrieval.training.reader_model import ReaderModel

TOLERANCE = 1e-3  # largest acceptable difference of a logit from torch's
SHAPES = ((1, 32), (2, 75), (4, 200), (8, 317))  # (texts, pieces); from the second text on, half is padding


@dataclass(frozen=True, slots=True)
class Card:
    """The reader's model card."""

    trained_from: str
    data: str
    """The data sets, with sizes and licences."""
    inputs: int
    """Number of pairs of a question and a passage read in training."""
    figures: str
    """Figures on held-out questions."""
    languages: tuple[str, ...] = ("en",)
    """ISO 639-1 codes of the languages of its data."""


def export_reader(model: ReaderModel, out: Path, card: Card) -> Path:
    """Write MODEL, DEQUANTISED and CARD into a folder; raises ModelUnfit where the export differs from torch."""
    out.mkdir(parents=True, exist_ok=True)
    model = model.cpu().float().eval()
    whole = out / "reader-fp32.onnx"
    _to_onnx(model, whole)
    difference = largest_difference(model, whole)
    if difference > TOLERANCE:
        raise ModelUnfit("the reader", f"its export differs from torch by {difference:.2g}, more than {TOLERANCE:g}")
    _quantise(whole, out / MODEL)
    write_dequantised(out / MODEL, out / DEQUANTISED)
    quantised = largest_difference(model, out / MODEL)
    described = {
        **asdict(card),
        "torch": torch.__version__,
        "difference_from_torch": difference,
        "difference_of_int8": quantised,
        "files": {name: file_digest(out / name) for name in (MODEL, DEQUANTISED)},
    }
    write_whole(out / CARD, (json.dumps(described, indent=1) + "\n").encode())
    return out / MODEL


def _to_onnx(model: ReaderModel, file: Path) -> None:
    ids = torch.randint(0, 100, (2, 16))
    mask = torch.ones_like(ids)
    mask[1, 10:] = 0
    shape = {0: torch.export.Dim("texts", min=1, max=4096), 1: torch.export.Dim("pieces", min=2, max=512)}
    program = torch.onnx.export(
        model,
        (ids, mask, torch.zeros_like(ids)),
        dynamo=True,  # the older exporter gives wrong vectors with current transformers
        dynamic_shapes=dict.fromkeys(INPUTS, shape),
        input_names=list(INPUTS),
        output_names=list(OUTPUTS),
        opset_version=18,
        verbose=False,
    )
    assert program is not None
    program.save(str(file))


def _quantise(source: Path, target: Path) -> None:
    quantise(source, target)
    _strip(target)


def _strip(file: Path) -> None:
    """Remove the metadata that names source paths of the exporting machine."""
    import onnx

    model = onnx.load(str(file))
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info):
        part.doc_string = ""
        del part.metadata_props[:]
    onnx.save(model, str(file))


def largest_difference(model: ReaderModel, file: Path) -> float:
    """Return the largest difference of a logit between torch and an export, over SHAPES."""
    session = open_session(file)
    vocabulary = int(model.encoder.config.vocab_size)
    drawn = torch.Generator().manual_seed(0)
    worst = 0.0
    for texts, pieces in SHAPES:
        ids = torch.randint(0, vocabulary, (texts, pieces), generator=drawn)
        mask = torch.ones_like(ids)
        mask[1:, pieces // 2 :] = 0
        types = (torch.arange(pieces) >= pieces // 4).long().expand(texts, -1).contiguous()
        with torch.no_grad():
            expected = [output.numpy() for output in model(ids, mask, types)]
        arrays = (tensor.numpy() for tensor in (ids, mask, types))
        outputs = session.run(list(OUTPUTS), dict(zip(INPUTS, arrays, strict=True)))
        valid = mask.numpy().astype(bool)
        worst = max(
            worst, float(np.abs(expected[0] - outputs[0])[valid].max()), float(np.abs(expected[1] - outputs[1]).max())
        )
    return worst
