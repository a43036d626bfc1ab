"""The engine that runs any sentence-transformers model, on CUDA where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from retrieval.encoder import Encoder, EncoderSpec, Tokens
from retrieval.onnx_encoder import read_description, tokens_of

BATCH = 64


class TorchEncoder(Encoder):
    """Encodes in batches of texts of like length. Gives what OnnxEncoder gives in fp32, within rounding."""

    def __init__(self, model: Path, folder: Path, name: str, device: str | None = None) -> None:
        """Load the model at `model`, called `name`, with the tokenizer and centre of its export in `folder`."""
        from sentence_transformers import SentenceTransformer
        from tokenizers import Tokenizer

        described = read_description(folder)
        self._model = SentenceTransformer(str(model), device=device)
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(described["max_pieces"])
        self._pooling = described["pooling"]
        self.prompts = (described["prompts"][0], described["prompts"][1])
        self.centre = np.asarray(described["centre"]["fp32"], dtype=np.float32)
        self.spec = EncoderSpec(name, described["digest"], "fp32", described["dimension"], described["max_pieces"])

    def pieces(self, text: str) -> int:
        return len(self._tokenizer.encode(text, add_special_tokens=False).ids)

    def _encode(self, texts: list[str]) -> Iterator[Tokens]:
        for first in range(0, len(texts), 16 * BATCH):
            batch = texts[first : first + 16 * BATCH]
            vectors = self._model.encode(
                batch, batch_size=BATCH, output_value="token_embeddings", show_progress_bar=False, prompt=""
            )
            for text, found in zip(batch, vectors, strict=True):
                encoding = self._tokenizer.encode(text)
                rows = found.detach().float().cpu().numpy()
                yield tokens_of(np.asarray(rows[: len(encoding.ids)], dtype=np.float32), encoding, self._pooling)


def cuda_is_likely() -> bool:
    """Whether this machine has an NVIDIA driver; asking torch itself costs seconds of imports."""
    return Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidia0").exists()
