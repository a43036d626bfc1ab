"""Writes what quoth carries of an encoder: the int8 weights of its export, and two graphs that read them.

One computes in int8. The other first gives the weights their values in fp32, for processors without VNNI instructions,
which saturate int8 products.
"""

from __future__ import annotations

from pathlib import Path

from onnx import ModelProto, load
from tokenizers import Tokenizer

from retrieval.encoding.encoder import Precision
from retrieval.encoding.onnx_encoder import WEIGHTS, graph_file, read_description
from retrieval.encoding.onnx_export import token_vectors, vocabulary_texts
from retrieval.encoding.processor import PROBE
from retrieval.files import file_digest
from retrieval.sealed import seal
from retrieval.training.dequantised import SHARED, dequantise, forget_origins, point_to, write_saturation_probe

PRECISIONS: tuple[Precision, ...] = ("int8", "int8-weights")
KEPT = ("dimension", "digest", "format", "max_pieces", "name", "pooling", "prompts", "torch")
TOKENIZER = "tokenizer.json"


def package(export: Path, out: Path) -> None:
    """Write what quoth carries of the export in a folder to the folder `out`."""
    described = read_description(export)
    out.mkdir(parents=True, exist_ok=True)
    (out / TOKENIZER).write_bytes((export / TOKENIZER).read_bytes())
    model = load(str(export / graph_file("int8")))
    (out / WEIGHTS).write_bytes(_moved_weights(model))
    forget_origins(model)
    _write(out / graph_file("int8"), model)
    dequantise(model)
    _write(out / graph_file("int8-weights"), model)
    write_saturation_probe(out / PROBE.name)
    tokenizer = Tokenizer.from_file(str(out / TOKENIZER))
    texts, prompt = vocabulary_texts(tokenizer), described["prompts"][1]
    centres = {
        precision: token_vectors(out / graph_file(precision), tokenizer, prompt, texts, described["max_pieces"])
        for precision in PRECISIONS
    }
    files = (*map(graph_file, PRECISIONS), WEIGHTS, TOKENIZER)
    content = {
        **{key: described[key] for key in KEPT},
        "files": {name: file_digest(out / name) for name in files},
        "centre": {precision: vectors.mean(axis=0).tolist() for precision, vectors in centres.items()},
    }
    (out / "encoder.json").write_bytes(seal(content))


def _write(file: Path, model: ModelProto) -> None:
    file.write_bytes(model.SerializeToString(deterministic=True))


def _moved_weights(model: ModelProto) -> bytes:
    """Return the large tensors of a model, which reads them from the file of weights from now on."""
    weights = bytearray()
    for tensor in model.graph.initializer:
        if len(tensor.raw_data) < SHARED:
            continue
        weights += bytes(-len(weights) % SHARED)
        at = len(weights)
        weights += tensor.raw_data
        point_to(tensor, WEIGHTS, at)
    return bytes(weights)
