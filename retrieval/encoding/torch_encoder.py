"""The engine that runs any sentence-transformers model, on CUDA where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from retrieval.encoding.adapter import load_model
from retrieval.encoding.encoder import Tokens
from retrieval.encoding.models import ModelFolder
from retrieval.encoding.onnx_encoder import ExportedEncoder, read_description, tokens_of

BATCH = 64


class TorchEncoder(ExportedEncoder):
    """Encodes in batches of texts of like length. Gives what OnnxEncoder gives in fp32, within rounding."""

    def __init__(self, model: ModelFolder, folder: Path, device: str | None = None) -> None:
        """Load a model, with the tokenizer and centre of its export in `folder`."""
        super().__init__(folder, read_description(folder), "fp32", model.name)
        self._model = load_model(model, device=device)

    def _encode(self, texts: list[str]) -> Iterator[Tokens]:
        for first in range(0, len(texts), 16 * BATCH):
            batch = texts[first : first + 16 * BATCH]
            vectors = self._model.encode(
                batch, batch_size=BATCH, output_value="token_embeddings", show_progress_bar=False, prompt=""
            )
            for text, output in zip(batch, vectors, strict=True):
                encoding = self._tokenizer.encode(text)
                rows = output.detach().float().cpu().numpy()
                yield tokens_of(np.asarray(rows[: len(encoding.ids)], dtype=np.float32), encoding, self._pooling)


def cuda_is_likely() -> bool:
    """Return whether this machine has an NVIDIA driver; asking torch itself costs seconds of imports."""
    return Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidia0").exists()
