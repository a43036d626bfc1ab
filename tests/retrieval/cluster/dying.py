"""The toy encoder for the workers of a cluster, where it may end its process in the middle."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from retrieval.encoding.encoder import Encoder, Tokens
from retrieval.encoding.selection import Chosen
from retrieval.errors import ModelNotFound
from tests.toy import SPEC, ToyEncoder


class DyingToy(ToyEncoder):
    """Kills its process at a text: once for each file that it finds in a folder, which it removes first."""

    def __init__(self, folder: Path, text: str) -> None:
        super().__init__()
        self._folder, self._text, self._home = folder, text, os.getpid()

    def pieces(self, text: str) -> int:
        self._die("read", text)
        return super().pieces(text)

    def _encode(self, texts: list[str]) -> Iterator[Tokens]:
        for text in texts:
            self._die("encode", text)
        return super()._encode(texts)

    def _die(self, name: str, text: str) -> None:
        if self._text not in text:
            return
        assert os.getpid() != self._home, "the machine that builds does no work of its workers"
        for file in sorted(self._folder.glob(f"{name}*"))[:1]:
            file.unlink()
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class ToyElsewhere:
    """Loads the toy on a worker."""

    encoder: Encoder | None = None
    """None for one that cannot be loaded there."""
    uses_torch: bool = False

    def __call__(self) -> Encoder:
        if self.encoder is None:
            raise ModelNotFound("toy", "it was never trained")
        return self.encoder


def chosen(encoder: Encoder | None) -> Chosen:
    """Return an encoder for workers, and for this process the toy."""
    return Chosen(SPEC, lambda: encoder or ToyEncoder(), ToyElsewhere(encoder))  # type: ignore[arg-type]
