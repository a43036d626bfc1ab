"""Writes the ONNX export of a sentence-transformers model, as a child with FOLDER NAME DIGEST OUT, prompts and adapter.

The export is accepted only when its token vectors agree with torch's over several lengths and padded batches: an
exporter can finish without complaint and be wrong. The last line that the child prints is JSON: {"error": reason} or
{"ok": true}.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np

from retrieval.encoding.adapter import load_model
from retrieval.encoding.encoder import Floats, cosines
from retrieval.encoding.export_folder import FORMAT, MARKER, MODELS, lock
from retrieval.encoding.models import ModelFolder
from retrieval.encoding.onnx_runtime import open_session, quantise
from retrieval.errors import ModelUnfit
from retrieval.files import file_digest, write_new
from retrieval.sealed import seal

TOLERANCE = 1e-4  # largest difference from torch, relative to the largest component
SHAPES = ((1, 3), (1, 17), (2, 9), (3, 60), (4, 128))  # (texts, word pieces); from the second text on, half is padding
CENTRE_TEXTS, CENTRE_WORDS = 60, 60
WORD_BEGINS = "▁"  # at the beginning of a SentencePiece piece that begins a word


def main(arguments: list[str]) -> int:
    """Write the export of the model in arguments[0] to arguments[3], which is locked as long as that takes.

    Two prompts follow, of the model's family, for a model whose own settings have none, then the adapter, if any.
    """
    path, name, digest, out, before_question, before_passage, *adapters = arguments
    adapter = Path(adapters[0]) if adapters else None
    try:
        with lock(Path(out) / MARKER):
            _write(ModelFolder(name, Path(path), digest, (before_question, before_passage), adapter), Path(out))
    except ModelUnfit as error:
        print(json.dumps({"error": error.reason}))  # noqa: T201 - the parent process reads it
        return 1
    print(json.dumps({"ok": True}))  # noqa: T201 - the parent process reads it
    return 0


def _write(folder: ModelFolder, out: Path) -> None:
    import torch

    torch.manual_seed(0)
    name = folder.name
    model = load_model(folder, device="cpu", model_kwargs={"attn_implementation": "eager"})
    transformer = _transformer(model, name)
    pooling = _pooling(model, name)
    tokenizer = _tokenizer(model, name)
    tokenizer.save(str(out / "tokenizer.json"))
    _to_onnx(transformer, out / "model-fp32.onnx")
    max_pieces = min(int(model.max_seq_length or 512), 512)
    difference = _difference(transformer, out / "model-fp32.onnx", tokenizer.get_vocab_size(), max_pieces)
    if difference > TOLERANCE:
        raise ModelUnfit(name, f"its ONNX export differs from torch by {difference:.2g}, and {TOLERANCE:g} is allowed")
    quantise(out / "model-fp32.onnx", out / "model-int8.onnx")
    prompts = _prompts(model) or folder.prompts
    texts = vocabulary_texts(tokenizer)
    fp32, int8 = (token_vectors(out / file, tokenizer, prompts[1], texts, max_pieces) for file in MODELS)
    described = {
        "format": FORMAT,
        "name": name,
        "digest": folder.digest,
        "dimension": int(fp32.shape[1]),
        "max_pieces": max_pieces,
        "pooling": pooling,
        "prompts": list(prompts),
        "difference_from_torch": difference,
        "int8_cosine": float(np.mean(cosines(fp32, int8))),
        "torch": torch.__version__,
        "files": {file: file_digest(out / file) for file in (*MODELS, "tokenizer.json")},
        "centre": {"fp32": fp32.mean(axis=0).tolist(), "int8": int8.mean(axis=0).tolist()},
    }
    # Written last: a folder with this file is whole.
    write_new(out / "encoder.json", seal(described))


def _transformer(model: Any, name: str) -> Any:
    """Return the model's token level, as a module of (input_ids, attention_mask) -> last hidden state."""
    import torch

    inner: Any = getattr(model[0], "auto_model", None)
    if inner is None:
        raise ModelUnfit(name, "its first module is not a transformer")
    if int(inner.config.hidden_size) % 8:
        raise ModelUnfit(name, f"its dimension {inner.config.hidden_size} is not a multiple of 8")

    class TokenLevel(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, input_ids: Any, attention_mask: Any) -> Any:
            return self.inner(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

    level: Any = TokenLevel()
    return level.eval()


def _tokenizer(model: Any, name: str) -> Any:
    """Return the model's tokenizer, which neither pads nor cuts texts."""
    tokenizer = getattr(model.tokenizer, "backend_tokenizer", None)
    if tokenizer is None:
        raise ModelUnfit(name, "its tokenizer gives no character offsets")
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def _pooling(model: Any, name: str) -> str:
    kinds = [type(module).__name__ for module in model][1:]
    if not kinds or kinds[0] != "Pooling" or set(kinds[1:]) - {"Normalize"}:
        raise ModelUnfit(
            name, f"its modules after the transformer are {kinds}, and only Pooling and Normalize are known"
        )
    mode = str(model[1].get_config_dict().get("pooling_mode") or _old_pooling_mode(model[1]))
    if mode not in ("mean", "cls"):
        raise ModelUnfit(name, f"it pools by {mode!r}, and only mean and cls are known")
    return mode


def _old_pooling_mode(pooling: Any) -> str:
    config = pooling.get_config_dict()
    on = [key.removeprefix("pooling_mode_") for key, on in config.items() if key.startswith("pooling_mode_") and on]
    return "+".join(mode.removesuffix("_tokens").removesuffix("_token") for mode in on) or "unknown"


def _prompts(model: Any) -> tuple[str, str] | None:
    """Return what the model's own settings want before a question and a passage; None where they name nothing."""
    prompts: dict[str, str] = getattr(model, "prompts", None) or {}
    own = prompts.get("query") or "", prompts.get("document") or prompts.get("passage") or ""
    return own if any(own) else None


def _to_onnx(transformer: Any, file: Path) -> None:
    import torch

    ids = torch.randint(0, 100, (2, 16))
    mask = torch.ones_like(ids)
    mask[1, 10:] = 0
    shape = {0: torch.export.Dim("texts", min=1, max=4096), 1: torch.export.Dim("pieces", min=2, max=512)}
    # dynamo=True: the older exporter (dynamo=False) finishes and gives wrong token vectors with current transformers.
    program = torch.onnx.export(
        transformer,
        (ids, mask),
        dynamo=True,
        dynamic_shapes={"input_ids": shape, "attention_mask": shape},
        input_names=["input_ids", "attention_mask"],
        output_names=["token_vectors"],
        opset_version=18,
        verbose=False,
    )
    assert program is not None
    program.save(str(file))


def _difference(transformer: Any, file: Path, vocabulary: int, max_pieces: int) -> float:
    """Largest difference between torch and the export over SHAPES, relative to the largest component."""
    import torch

    session = open_session(file)
    worst = 0.0
    for texts, longest in SHAPES:
        pieces = min(longest, max_pieces)
        ids = torch.randint(0, vocabulary, (texts, pieces))
        mask = torch.ones_like(ids)
        mask[1:, pieces // 2 :] = 0
        with torch.no_grad():
            reference = transformer(ids, mask).numpy()
        exported = session.run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})[0]
        valid = mask.numpy().astype(bool)
        worst = max(
            worst, float(np.abs(reference - exported)[valid].max() / max(1.0, float(np.abs(reference[valid]).max())))
        )
    return worst


def vocabulary_texts(tokenizer: Any) -> list[str]:
    """Return texts of words drawn from the model's own vocabulary, over which the centre is the mean.

    A centre that depends on the model alone, and not on a corpus, keeps an index the same however it came about.
    """
    vocabulary = tokenizer.get_vocab()
    begun = [piece[1:] for piece in vocabulary if piece.startswith(WORD_BEGINS)]
    words = sorted(word for word in begun or filter(str.isascii, vocabulary) if word.isalpha() and len(word) > 2)
    words = words or sorted(vocabulary)
    drawn = random.Random(1)
    return [" ".join(drawn.choices(words, k=CENTRE_WORDS)) for _ in range(CENTRE_TEXTS)]


def token_vectors(file: Path, tokenizer: Any, prompt: str, texts: list[str], max_pieces: int) -> Floats:
    """Return the vectors of all the texts' pieces, [n, dimension], as passages behind their prompt."""
    session = open_session(file)
    first = 1 + len(tokenizer.encode(prompt, add_special_tokens=False).ids)
    vectors = []
    for text in texts:
        ids = np.array([tokenizer.encode(prompt + text).ids[:max_pieces]], dtype=np.int64)
        outputs = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0]
        vectors.append(outputs[first:-1])
    return np.concatenate(vectors).astype(np.float32)
