"""The weights of an exported reader, to train on from: a reader in int8 is all that is shipped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from retrieval.answering.reader import MODEL, checked_digest
from retrieval.errors import ReaderUnusable
from retrieval.training.exporting import largest_difference
from retrieval.training.reader_model import ReaderModel

TOLERANCE = 4.0
"""Largest acceptable difference of a logit from the export's, over random word pieces: the export rounds each layer's
inputs to eight bits, which these weights do not do. It is 2.1 for the built-in reader, and 8.6 with two of its layers
in each other's place."""

Arrays = Mapping[str, NDArray[Any]]


def load_exported(folder: Path, encoder: Path) -> ReaderModel:
    """Return the reader in a folder as a torch module: each weight is its eight bits times their scale.

    `encoder` is the folder of the encoder that it was trained from. Raises ReaderUnusable where the file does not match
    its card, or the module does not say what the file says.
    """
    import onnx
    from onnx import numpy_helper

    checked_digest(folder)
    file = folder / MODEL
    graph = onnx.load(str(file)).graph
    arrays = {initializer.name: numpy_helper.to_array(initializer) for initializer in graph.initializer}
    model = ReaderModel.shaped_as(encoder)
    try:
        model.load_state_dict(dict(_weights(graph, arrays, model.state_dict())))
    except (KeyError, RuntimeError) as error:
        raise ReaderUnusable(folder, f"its {MODEL} has other weights than this version's readers") from error
    difference = largest_difference(model.eval(), file)
    if difference > TOLERANCE:
        raise ReaderUnusable(folder, f"its weights give logits that differ from its own by {difference:.2g}")
    return model


def _weights(graph: Any, arrays: Arrays, expected: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Yield each weight of a module by its name; raises KeyError for one that the graph lacks."""
    products = dict(_products(graph, arrays))
    for name, tensor in expected.items():
        bias = f"{name.removesuffix('.weight')}.bias"
        if name in arrays:
            array = arrays[name]
        elif f"{name}_quantized" in arrays:
            array = _dequantised(arrays, name)
        else:
            array = _dequantised(arrays, products[bias]).T
        yield name, torch.from_numpy(np.array(array)).to(tensor.dtype)


def _products(graph: Any, arrays: Arrays) -> Iterator[tuple[str, str]]:
    """Yield the name of each layer's bias with that of the weights [in, out] whose product it is added to.

    The exporter keeps the names of biases and renames the weights of linear layers, which it transposes.
    """
    producers = {output: node for node in graph.node for output in node.output}
    for node in graph.node:
        bias = next((name for name in node.input if name.endswith(".bias") and name in arrays), None)
        if node.op_type != "Add" or bias is None:
            continue
        product = next(name for name in node.input if name != bias)
        while (before := producers[product]).op_type in ("Mul", "Cast"):
            product = before.input[0]
        if before.op_type == "MatMulInteger":
            yield bias, before.input[1].removesuffix("_quantized")


def _dequantised(arrays: Arrays, name: str) -> NDArray[np.float32]:
    """Return weights from their eight bits; a scale is one for all, or one for each column."""
    quantised, scale, zero = (arrays[f"{name}_{part}"] for part in ("quantized", "scale", "zero_point"))
    weights: NDArray[np.float32] = (quantised.astype(np.float32) - zero.astype(np.float32)) * scale
    return weights
