"""What several stages of the command line share."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from retrieval.encoding.models import default_cache
from retrieval.errors import InputInvalid

Stages = Any
"""What argparse's `add_subparsers` returns, which it has no public name for."""


def add_device(stage: argparse.ArgumentParser) -> None:
    """Let a stage run on a processor or on a GPU."""
    stage.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")


def positive(text: str) -> int:
    """Return the whole number of an option, which is at least 1."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def add_languages(stage: argparse.ArgumentParser) -> None:
    """Let a stage that writes a model card name languages."""
    stage.add_argument(
        "--languages",
        default="en",
        metavar="CODES",
        help="those of the data, with commas between (default: %(default)s)",
    )


def device_of(options: argparse.Namespace) -> str:
    """Return "cuda" or "cpu"; a GPU is used where there is one."""
    import torch

    device: str = options.device
    return ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device


def folder_of(options: argparse.Namespace) -> Path:
    """Return the working folder."""
    folder: Path = options.folder or default_cache() / "training"
    return folder.expanduser()


def checkpoint_of(file: Path, fields: Iterable[str], stage: str) -> dict[str, Any]:
    """Return the content of the checkpoint that a stage writes; raises InputInvalid where it has not."""
    from retrieval.training.checkpoints import read_checkpoint

    if not file.is_file():
        command = f"python -m retrieval.training {stage}"
        raise InputInvalid(f"The checkpoint {file}", "does not exist", f"run `{command}` first")
    return read_checkpoint(file, fields)


def log(message: str) -> None:
    """Write a line with the time to standard error."""
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {message}\n")
    sys.stderr.flush()
