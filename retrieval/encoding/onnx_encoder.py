"""The engine that needs no torch: ONNX Runtime and tokenizers over an exported model."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import numpy as np

from retrieval.encoding.encoder import Encoder, EncoderSpec, Floats, Precision, Tokens, unit
from retrieval.encoding.models import BUILT_IN
from retrieval.encoding.onnx_runtime import open_session
from retrieval.encoding.piece_counter import load_tokenizer, piece_counter
from retrieval.errors import ModelDamaged, ModelUnfit
from retrieval.files import file_digest
from retrieval.sealed import DIFFERS, unseal

WEIGHTS = "weights.bin"
"""What the graphs of the built-in export share."""
DESCRIBED = {"centre", "digest", "dimension", "files", "max_pieces", "pooling", "prompts"}


class ExportedEncoder(Encoder):
    """What both engines take from a model's export: tokenizer, pooling, prompts, centre."""

    def __init__(self, folder: Path, described: dict[str, Any], precision: Precision, name: str) -> None:
        """`described` is the export in `folder` of the model that settings call `name`."""
        self.tokenizer_file = folder / "tokenizer.json"
        self._tokenizer = load_tokenizer(self.tokenizer_file, described["max_pieces"])
        self._count = piece_counter(self._tokenizer)
        self._pooling = described["pooling"]
        self.prompts = (described["prompts"][0], described["prompts"][1])
        self.centre = np.asarray(described["centre"][precision], dtype=np.float32)
        self.spec = spec_of(described, precision, name)

    def pieces(self, text: str) -> int:
        """Count the text's word pieces."""
        return self._count(text)


class OnnxEncoder(ExportedEncoder):
    """Encodes text by text.

    Without padding nothing is computed in vain; and with dynamic int8, whose scales are taken over a whole batch, a
    passage's vectors do not depend on what it is encoded beside.
    """

    def __init__(self, folder: Path, precision: Precision, threads: int, name: str) -> None:
        """Load the export in `folder` of the model that settings call `name`.

        With `threads` of 0, texts are encoded one by one, each on all cores, as is best for a question.

        Raises ModelDamaged when a file is not what the export wrote.
        """
        described = read_description(folder)
        graph = folder / graph_file(precision)
        shared = [folder / WEIGHTS] if WEIGHTS in described["files"] else []
        for file in (graph, *shared, folder / "tokenizer.json"):
            if not file.is_file():
                raise ModelUnfit(name, f"{file.name} is gone; {_remedy(folder)}")
            actual, expected = file_digest(file), described["files"][file.name]
            if actual != expected:
                raise ModelDamaged(file, actual, expected)
        try:
            self._session = open_session(graph, 1 if threads else 0)
        except Exception as error:
            raise ModelUnfit(name, "ONNX Runtime cannot load it") from error
        super().__init__(folder, described, precision, name)
        self._threads = max(threads, 1)

    def _encode(self, texts: list[str]) -> Iterator[Tokens]:
        if len(texts) == 1 or self._threads == 1:
            yield from map(self._one, texts)
            return
        waiting: deque[Future[Tokens]] = deque()
        with ThreadPoolExecutor(self._threads, thread_name_prefix="encode") as pool:
            for text in texts:
                waiting.append(pool.submit(self._one, text))
                if len(waiting) > 4 * self._threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

    def _one(self, text: str) -> Tokens:
        encoding = self._tokenizer.encode(text)
        ids = np.array([encoding.ids], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
        vectors = cast(Floats, self._session.run(["token_vectors"], feed)[0][0])
        return tokens_of(vectors, encoding, self._pooling)


def graph_file(precision: Precision) -> str:
    """Return the name of the file in an export that computes in a precision."""
    return f"model-{precision}.onnx"


def tokens_of(vectors: Floats, encoding: Any, pooling: str) -> Tokens:
    """Token vectors [n, dimension] of all pieces and their encoding, as Tokens without the special pieces."""
    whole = vectors.mean(axis=0) if pooling == "mean" else vectors[0]
    own = np.array(encoding.special_tokens_mask) == 0
    offsets = np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2)
    return Tokens(vectors[own], offsets[own], unit(whole))


def spec_of(described: dict[str, Any], precision: Precision, name: str) -> EncoderSpec:
    """Return the spec of the encoder that an export describes, of the model that settings call `name`."""
    used = {key: described[key] for key in ("pooling", "prompts")}
    return EncoderSpec(
        name=name,
        digest=described["digest"],
        precision=precision,
        dimension=described["dimension"],
        max_pieces=described["max_pieces"],
        export=hashlib.sha256(json.dumps(used, sort_keys=True).encode()).hexdigest()[:16],
    )


def read_description(folder: Path) -> dict[str, Any]:
    """Return the export's description of itself; raises ModelUnfit where that is not exactly what it wrote."""
    file = folder / "encoder.json"
    try:
        described = unseal(file.read_bytes())
        if not described.keys() >= DESCRIBED:
            raise ValueError("it is not what an export writes")
    except (OSError, ValueError) as error:
        what = f"is damaged, {DIFFERS}" if str(error) == DIFFERS else "cannot be read"
        raise ModelUnfit(str(folder), f"{file.name} {what}; {_remedy(folder)}") from error
    return described


def _remedy(folder: Path) -> str:
    return "install quoth again" if folder == BUILT_IN else f"delete {folder} to have it exported again"
