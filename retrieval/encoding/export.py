"""Export a sentence-transformers model to ONNX, once; run as a child with the arguments FOLDER NAME DIGEST OUT.

The export is accepted only when its token vectors agree with torch's over several lengths and padded batches: an
exporter can finish without complaint and be wrong. It runs as a process of its own so that whoever asks for it
never loads torch. The last line it prints is JSON: {"error": reason} or {"ok": true}.
"""

from __future__ import annotations

import errno
import json
import os
import random
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from retrieval import child
from retrieval.encoding.encoder import Floats
from retrieval.encoding.models import ModelFolder
from retrieval.encoding.onnx_runtime import QUIET, open_session, quantise
from retrieval.errors import ModelUnfit
from retrieval.files import file_digest, write_new
from retrieval.sealed import seal

FORMAT = 2
TOLERANCE = 1e-4  # largest difference from torch, relative to the largest component
SHAPES = ((1, 3), (1, 17), (2, 9), (3, 60), (4, 128))  # (texts, word pieces); from the second text on, half is padding
CENTRE_TEXTS, CENTRE_WORDS = 60, 60
UNFINISHED = ".exporting-"  # how the folder of an export under way begins
MARKER = "writing.lock"  # the empty file in it that says so, locked by the process that writes there
MODELS = ("model-fp32.onnx", "model-int8.onnx")
FILES = frozenset({*MODELS, *(f"{name}.data" for name in MODELS), "tokenizer.json", "encoder.json", MARKER})
"""What lies in the folder of an export; what is called otherwise is somebody's own, and never removed."""
_UNFINISHED = re.compile(re.escape(UNFINISHED) + r"[a-z0-9_]{8}")
_SCRATCH = re.compile(r"scratch-[0-9a-f]{16}")
"""The folder in an unfinished export where libraries put temporary files, which a killed process leaves behind."""


def encoder_folder(digest: str, cache: Path) -> Path:
    """Where the export of the model with this digest lies, or will."""
    return cache / "encoders" / f"{digest[:16]}-v{FORMAT}"


def is_exported(digest: str, cache: Path) -> bool:
    """Whether the export of the model with this digest is there."""
    return (encoder_folder(digest, cache) / "encoder.json").is_file()


def export(model: ModelFolder, cache: Path) -> Path:
    """The folder of the model's export, made now if it is not there; raises ModelUnfit when it cannot be made."""
    folder = encoder_folder(model.digest, cache)
    if is_exported(model.digest, cache):
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _lock(cache / "export.lock"):
            if not is_exported(model.digest, cache):  # nor was by the process that was waited for
                _clear(folder.parent)
                _export_to(folder, model)
    except (OSError, NotImplementedError) as error:  # NotImplementedError: a file system without locks
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ModelUnfit(model.name, f"its export cannot be written to {folder.parent}: {reason}") from error
    return folder


def _export_to(folder: Path, model: ModelFolder) -> None:
    _make_way(folder)
    beside = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder.parent))
    try:
        (beside / MARKER).touch()
        _run_export(model, beside)
        beside.rename(folder)
        (folder / MARKER).unlink(missing_ok=True)
    finally:
        _remove(beside)


def _make_way(folder: Path) -> None:
    """Remove half an export from where a whole one is to lie; raises OSError where somebody's own lies there."""
    if not os.path.lexists(folder):
        return
    if folder.is_symlink() or not folder.is_dir():
        raise FileExistsError(errno.EEXIST, f"{folder.name} in it is somebody's own")
    if foreign := _foreign(folder):
        raise FileExistsError(errno.EEXIST, f"{folder.name} in it holds {foreign[0]!r}, which is somebody's own")
    _remove(folder)


def _clear(encoders: Path) -> None:
    """Remove what killed exports left, known by its name and the marker in it; what one still writes is waited for."""
    for left in filter(_is_unfinished, encoders.glob(f"{UNFINISHED}*")):
        if (left / MARKER).exists():
            with _lock(left / MARKER):
                pass
        _remove(left)


def _is_unfinished(folder: Path) -> bool:
    """Return whether an export made this folder: it has the marker, or nothing as yet, and nothing of others."""
    if not _UNFINISHED.fullmatch(folder.name) or folder.is_symlink() or not folder.is_dir():
        return False
    return ((folder / MARKER).exists() or not any(folder.iterdir())) and not _foreign(folder)


def _foreign(folder: Path) -> list[str]:
    """Names of what no export makes there."""
    return sorted(path.name for path in folder.iterdir() if not (_is_scratch(path) or _is_file(path)))


def _is_file(path: Path) -> bool:
    return _is_lock(path) if path.name == MARKER else path.name in FILES and path.is_file() and not path.is_symlink()


def _is_lock(file: Path) -> bool:
    return file.is_file() and not file.is_symlink() and not file.stat().st_size


def _is_scratch(path: Path) -> bool:
    return bool(_SCRATCH.fullmatch(path.name)) and path.is_dir() and not path.is_symlink()


def _remove(unfinished: Path) -> None:
    """Remove what an export makes from a folder, the marker last, so that what a kill leaves is known again.

    The folder is removed if nothing else is left in it.
    """
    for path in sorted(unfinished.glob("*"), key=lambda path: path.name == MARKER):
        if _is_scratch(path):
            shutil.rmtree(path, ignore_errors=True)
        elif _is_file(path):
            path.unlink(missing_ok=True)
    with suppress(OSError):
        unfinished.rmdir()


@contextmanager
def _lock(file: Path) -> Iterator[None]:
    from filelock import FileLock

    if os.path.lexists(file) and not _is_lock(file):
        raise FileExistsError(errno.EEXIST, f"{file.name} is somebody's own file")
    with FileLock(file):
        yield


def _run_export(model: ModelFolder, out: Path) -> None:
    scratch = out / f"scratch-{secrets.token_hex(8)}"
    scratch.mkdir()
    variables = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", **QUIET}
    variables |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch.absolute()))
    child_process = child.run(
        "retrieval.encoding.export",
        *(str(model.path.absolute()), model.name, model.digest, str(out.absolute())),
        variables=variables,
    )
    shutil.rmtree(scratch, ignore_errors=True)
    last = child_process.stdout.strip().rpartition("\n")[2]
    try:
        outcome: dict[str, Any] = json.loads(last)
    except ValueError:
        reason = (child_process.stderr.strip().rpartition("\n")[2] or f"exit status {child_process.returncode}")[:300]
        raise ModelUnfit(model.name, f"its export to ONNX ended with: {reason}") from None
    if "error" in outcome:
        raise ModelUnfit(model.name, str(outcome["error"]))


def main(arguments: list[str]) -> int:
    """Write the export of the model in arguments[0] to arguments[3], which is locked as long as that takes."""
    path, name, digest, out = arguments
    try:
        with _lock(Path(out) / MARKER):
            _write(Path(path), name, digest, Path(out))
    except ModelUnfit as error:
        print(json.dumps({"error": error.reason}))  # noqa: T201 - the parent process reads it
        return 1
    print(json.dumps({"ok": True}))  # noqa: T201 - the parent process reads it
    return 0


def _write(path: Path, name: str, digest: str, out: Path) -> None:
    import torch
    from sentence_transformers import SentenceTransformer

    torch.manual_seed(0)
    model = SentenceTransformer(str(path), device="cpu", model_kwargs={"attn_implementation": "eager"})
    transformer = _transformer(model, name)
    pooling = _pooling(model, name)
    tokenizer = getattr(model.tokenizer, "backend_tokenizer", None)
    if tokenizer is None:
        raise ModelUnfit(name, "its tokenizer gives no character offsets")
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(out / "tokenizer.json"))
    _to_onnx(transformer, out / "model-fp32.onnx")
    max_pieces = min(int(model.max_seq_length or 512), 512)
    difference = _difference(transformer, out / "model-fp32.onnx", tokenizer.get_vocab_size(), max_pieces)
    if difference > TOLERANCE:
        raise ModelUnfit(name, f"its ONNX export differs from torch by {difference:.2g}, and {TOLERANCE:g} is allowed")
    quantise(out / "model-fp32.onnx", out / "model-int8.onnx")
    texts = _vocabulary_texts(tokenizer)
    fp32 = _token_vectors(out / "model-fp32.onnx", tokenizer, texts, max_pieces)
    int8 = _token_vectors(out / "model-int8.onnx", tokenizer, texts, max_pieces)
    files = ("model-fp32.onnx", "model-int8.onnx", "tokenizer.json")
    described = {
        "format": FORMAT,
        "name": name,
        "digest": digest,
        "dimension": int(fp32.shape[1]),
        "max_pieces": max_pieces,
        "pooling": pooling,
        "prompts": _prompts(model),
        "difference_from_torch": difference,
        "int8_cosine": float(np.mean(_cosines(fp32, int8))),
        "torch": torch.__version__,
        "files": {file: file_digest(out / file) for file in files},
        "centre": {"fp32": fp32.mean(axis=0).tolist(), "int8": int8.mean(axis=0).tolist()},
    }
    # Written last: a folder with this file is whole.
    write_new(out / "encoder.json", seal(described))


def _transformer(model: Any, name: str) -> Any:
    """The model's token level, as a module of (input_ids, attention_mask) -> last hidden state."""
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


def _prompts(model: Any) -> list[str]:
    prompts: dict[str, str] = getattr(model, "prompts", None) or {}
    return [prompts.get("query") or "", prompts.get("document") or prompts.get("passage") or ""]


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


def _vocabulary_texts(tokenizer: Any) -> list[str]:
    """Texts of words drawn from the model's own vocabulary: what the centre is the mean over.

    A centre that depends on the model alone, and not on a corpus, keeps an index the same however it came about.
    """
    words = sorted(word for word in tokenizer.get_vocab() if word.isascii() and word.isalpha() and len(word) > 2)
    words = words or sorted(tokenizer.get_vocab())
    drawn = random.Random(1)
    return [" ".join(drawn.choices(words, k=CENTRE_WORDS)) for _ in range(CENTRE_TEXTS)]


def _token_vectors(file: Path, tokenizer: Any, texts: list[str], max_pieces: int) -> Floats:
    session = open_session(file)
    vectors = []
    for text in texts:
        ids = np.array([tokenizer.encode(text).ids[:max_pieces]], dtype=np.int64)
        outputs = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})[0][0]
        vectors.append(outputs[1:-1])
    return np.concatenate(vectors).astype(np.float32)


def _cosines(left: Floats, right: Floats) -> Floats:
    norms = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return np.asarray((left * right).sum(axis=1) / np.maximum(norms, 1e-12), dtype=np.float32)
