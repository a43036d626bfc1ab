"""A model exported to ONNX once, by a child process, so that whoever asks for it never loads torch."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from retrieval import child
from retrieval.encoding.export_folder import (
    MARKER,
    UNFINISHED,
    clear,
    encoder_folder,
    is_exported,
    lock,
    make_way,
    remove,
    scratch_folder,
)
from retrieval.encoding.models import ModelFolder
from retrieval.encoding.onnx_runtime import QUIET
from retrieval.errors import ModelUnfit
from retrieval.extras import require


def export(model: ModelFolder, cache: Path, exporting: Callable[[], None] = lambda: None) -> Path:
    """Return the folder of the model's export, made now if it is not there, after calling `exporting`.

    Raises ModelUnfit where that fails, or ExtraMissing.
    """
    folder = encoder_folder(model.digest, cache)
    if is_exported(model.digest, cache):
        return folder
    require("models", f"The export of the model {model.name!r}")
    exporting()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with lock(cache / "export.lock"):
            if not is_exported(model.digest, cache):  # nor was by the process that was waited for
                clear(folder.parent)
                _export_to(folder, model)
    except (OSError, NotImplementedError) as error:  # NotImplementedError: a file system without locks
        reason = getattr(error, "strerror", None) or type(error).__name__
        problem = f"its export cannot be written to {folder.parent}: {reason}"
        raise ModelUnfit(model.name, problem, "model.cache", "another folder") from error
    return folder


def _export_to(folder: Path, model: ModelFolder) -> None:
    make_way(folder)
    beside = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder.parent))
    try:
        (beside / MARKER).touch()
        _run_export(model, beside)
        beside.rename(folder)
        (folder / MARKER).unlink(missing_ok=True)
    finally:
        remove(beside)


def _run_export(model: ModelFolder, out: Path) -> None:
    variables = {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", **QUIET}
    with scratch_folder(out) as scratch:
        variables |= dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch.absolute()))
        child_process = child.run(
            "retrieval.encoding.onnx_export",
            *(str(model.path.absolute()), model.name, model.digest, str(out.absolute()), *model.prompts),
            *([str(model.adapter)] if model.adapter else []),
            variables=variables,
        )
    last = child_process.stdout.strip().rpartition("\n")[2]
    try:
        outcome: dict[str, Any] = json.loads(last)
    except ValueError:
        reason = (child_process.stderr.strip().rpartition("\n")[2] or f"exit status {child_process.returncode}")[:300]
        raise ModelUnfit(model.name, f"its export to ONNX ended with: {reason}") from None
    if "error" in outcome:
        raise ModelUnfit(model.name, str(outcome["error"]))
