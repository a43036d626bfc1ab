"""Graphs that give int8 weights their values in fp32 before they compute, from the weights of another file.

They are for processors without VNNI instructions, which saturate int8 products.
"""

from __future__ import annotations

from pathlib import Path

from onnx import ModelProto, NodeProto, TensorProto, helper, load

from retrieval.encoding.processor import DEPTH, LARGEST

SHARED = 4096
"""Bytes from which on a tensor stands in a file that graphs share."""


def write_dequantised(source: Path, target: Path) -> None:
    """Write a graph beside a quantised one: it reads the large tensors where they stand in that file."""
    content, model = source.read_bytes(), load(str(source))
    at = 0
    for tensor in model.graph.initializer:
        if len(tensor.raw_data) >= SHARED:
            at = content.index(tensor.raw_data, at)
            point_to(tensor, source.name, at)
    forget_origins(model)
    dequantise(model)
    target.write_bytes(model.SerializeToString(deterministic=True))


def point_to(tensor: TensorProto, file: str, offset: int) -> None:
    """Have a tensor's bytes read from a file beside the graph, where they begin at an offset."""
    place = {"location": file, "offset": offset, "length": len(tensor.raw_data)}
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in place.items():
        tensor.external_data.add(key=key, value=str(value))


def forget_origins(model: ModelProto) -> None:
    """Remove what the exporter wrote of each node's source code, with the paths of the machine it ran on."""
    for part in (model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        part.ClearField("doc_string")
        part.ClearField("metadata_props")


def dequantise(model: ModelProto) -> None:
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


def write_saturation_probe(file: Path) -> None:
    """Write the product by which `retrieval.encoding.processor` tells whether the processor saturates."""
    weights = helper.make_tensor("weights", TensorProto.INT8, (DEPTH, 16), [LARGEST[1]] * (DEPTH * 16))
    inputs = helper.make_tensor_value_info("inputs", TensorProto.UINT8, (1, DEPTH))
    sums = helper.make_tensor_value_info("sums", TensorProto.INT32, (1, 16))
    product = helper.make_node("MatMulInteger", ["inputs", "weights"], ["sums"])
    graph = helper.make_graph([product], "saturation", [inputs], [sums], [weights])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    file.write_bytes(model.SerializeToString(deterministic=True))
