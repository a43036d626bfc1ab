"""The reader as a torch module: an encoder with heads for spans, sentences and "nothing here answers"."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn


class ReaderModel(nn.Module):  # type: ignore[misc]
    """Reads a question with a passage.

    For each token three logits: that an answer starts there, that one ends there (Devlin et al. 2019), and how far it
    speaks for its sentence. Two more from the first token: that no span, and that no sentence, of the passage answers.
    """

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder
        width = int(encoder.config.hidden_size)
        self.tokens = nn.Linear(width, 3)
        self.nothing = nn.Linear(width, 2)

    @classmethod
    def of(cls, folder: Path) -> ReaderModel:
        """The reader to train from the model in a folder; its heads are drawn at random."""
        from transformers import AutoModel

        encoder = AutoModel.from_pretrained(
            str(folder), attn_implementation="sdpa", add_pooling_layer=False, dtype=torch.float32
        )
        return cls(encoder)

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, Tensor]:
        """Logits of tokens [n, w, 3] and of nothing [n, 2]."""
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        return self.tokens(hidden).float(), self.nothing(hidden[:, 0]).float()


def sentence_logits(tokens: Tensor, sentences: Tensor, count: int) -> Tensor:
    """[n, count], for each sentence the log of the sum over its tokens' exp(logit); -inf where there is no token.

    `tokens` [n, w] are the tokens' logits, `sentences` [n, w] the sentence of each.
    """
    own = sentences[:, :, None] == torch.arange(count, device=tokens.device)
    return torch.where(own, tokens[:, :, None], -torch.inf).logsumexp(dim=1)
