"""Checkpoints on disk, whole at any interruption."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import torch

from retrieval.errors import InputInvalid

ANEW = "remove it to train anew"


def write_checkpoint(content: Mapping[str, Any], file: Path) -> None:
    """Write a checkpoint whole or not at all; raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f"{file.name}.new")
    with beside.open("wb") as stream:
        torch.save(dict(content), stream)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(file)


def read_checkpoint(file: Path, fields: Iterable[str], device: str = "cpu") -> dict[str, Any]:
    """Return the content of a checkpoint, its tensors on a device; raises InputInvalid where it lacks a field."""
    try:
        content = torch.load(file, map_location=device, weights_only=True)
    except Exception as error:  # torch's own errors and those of pickles share no base
        raise InputInvalid(f"The checkpoint {file}", "cannot be read", ANEW) from error
    if not isinstance(content, dict) or not content.keys() >= set(fields):
        raise InputInvalid(f"The checkpoint {file}", "is of another kind or version", ANEW)
    return content
