"""Writes what quoth carries of an encoder: the int8 weights of its export, and two graphs that read them.

One computes in int8. The other first gives the weights their values in fp32, for processors without VNNI instructions,
which saturate int8 products.
"""

from __future__ import annotations

from pathlib import Path

from onnx import ModelProto, NodeProto, TensorProto, helper, load
from tokenizers import Tokenizer

from retrieval.encoding.encoder import Precision
from retrieval.encoding.onnx_encoder import WEIGHTS, graph_file, read_description
from retrieval.encoding.onnx_export import token_vectors, vocabulary_texts
from retrieval.files import file_digest
from retrieval.sealed import seal

PRECISIONS: tuple[Precision, ...] = ("int8", "int8-weights")
SHARED = 4096
"""Bytes of a tensor that stands in the file of weights, and at a multiple of which it begins there."""
KEPT = ("dimension", "digest", "format", "max_pieces", "name", "pooling", "prompts", "torch")
TOKENIZER = "tokenizer.json"


def package(export: Path, out: Path) -> None:
    """Write what quoth carries of the export in a folder to the folder `out`."""
    described = read_description(export)
    out.mkdir(parents=True, exist_ok=True)
    (out / TOKENIZER).write_bytes((export / TOKENIZER).read_bytes())
    model = load(str(export / graph_file("int8")))
    (out / WEIGHTS).write_bytes(_moved_weights(model))
    _forget_origins(model)
    _write(out / graph_file("int8"), model)
    _dequantise(model)
    _write(out / graph_file("int8-weights"), model)
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
        place = {"location": WEIGHTS, "offset": len(weights), "length": len(tensor.raw_data)}
        weights += tensor.raw_data
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in place.items():
            tensor.external_data.add(key=key, value=str(value))
    return bytes(weights)


def _forget_origins(model: ModelProto) -> None:
    """Remove what the exporter wrote about the source code of each node, with the paths of the machine it ran on."""
    for part in (model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        part.ClearField("doc_string")
        part.ClearField("metadata_props")


def _dequantise(model: ModelProto) -> None:
    """Replace each product in int8 by one in fp32 of weights that are dequantised before it.

    quantize_dynamic writes it as x (DynamicQuantizeLinear) times the weights (MatMulInteger), whose result (Cast) is
    multiplied (Mul) by the product (Mul) of both scales.
    """
    nodes = list(model.graph.node)
    maker = {output: node for node in nodes for output in node.output}
    reader = {name: node for node in nodes for name in node.input}
    removed = set[str]()
    products: dict[str, tuple[NodeProto, NodeProto]] = {}
    for node in nodes:
        if node.op_type != "MatMulInteger":
            continue
        quantised, weights, _, zero = node.input
        inputs, cast = maker[quantised], reader[node.output[0]]
        scaled = reader[cast.output[0]]
        scales = maker[next(name for name in scaled.input if name not in cast.output)]
        scale = next(name for name in scales.input if name not in inputs.output)
        fp32 = f"{node.name}_weights"
        products[node.name] = (
            helper.make_node("DequantizeLinear", [weights, scale, zero], [fp32], name=fp32, axis=1),
            helper.make_node("MatMul", [inputs.input[0], fp32], scaled.output, name=node.name),
        )
        removed |= {inputs.name, cast.name, scaled.name, scales.name}
    del model.graph.node[:]
    for node in nodes:
        if node.name not in removed:
            model.graph.node.extend(products.get(node.name, (node,)))
