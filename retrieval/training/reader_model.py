"""The reader as a torch module: an encoder with heads for spans, sentences and "nothing here answers"."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from retrieval.errors import InputInvalid
from retrieval.training.transformer import load_transformer


class ReaderModel(nn.Module):  # type: ignore[misc]
    """Reads a question with a passage.

    Each token has three logits: that an answer starts here, that one ends here (Devlin et al. 2019), and its score for
    its sentence. The first token has two more: that no span, and no sentence, of the passage answers.
    """

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder
        width = int(encoder.config.hidden_size)
        self.tokens = nn.Linear(width, 3)
        self.nothing = nn.Linear(width, 2)

    @classmethod
    def of(cls, folder: Path) -> ReaderModel:
        """Create a reader from the encoder in a folder, with randomly initialised heads."""
        return cls(load_transformer(folder))

    @classmethod
    def shaped_as(cls, folder: Path) -> ReaderModel:
        """Create a reader of the shape of the encoder in a folder, for weights that are still to be loaded."""
        from transformers import AutoConfig, AutoModel

        config = AutoConfig.from_pretrained(str(folder))
        options = {"attn_implementation": "sdpa", "add_pooling_layer": False, "dtype": torch.float32}
        return cls(AutoModel.from_config(config, **options))

    def load(self, file: Path) -> None:
        """Load the weights of a checkpoint, its running mean, or of a safetensors file; raises InputInvalid."""
        try:
            if file.suffix == ".safetensors":
                from safetensors.torch import load_file

                weights = load_file(str(file))
            else:
                weights = torch.load(file, map_location="cpu", weights_only=True)["averaged"]
            self.load_state_dict(weights)
        except Exception as error:  # torch and safetensors share no base error
            raise InputInvalid(f"The weights {file}", "cannot be loaded", "name a reader's weights") from error

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits of tokens [n, w, 3] and of "nothing answers" [n, 2]."""
        hidden = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        return self.tokens(hidden).float(), self.nothing(hidden[:, 0]).float()

    def add_to_odds(self, offset: float) -> None:
        """Add to the log-odds of every sentence and span, by taking it off the logits of "nothing answers"."""
        with torch.no_grad():
            self.nothing.bias -= offset


def mean(weights: Mapping[str, Tensor], others: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the mean of two models' weights: of one and what it became by further training, it keeps more of both.

    The method is that of Wortsman et al. 2022, "Robust fine-tuning of zero-shot models".
    """
    return {name: (own + others[name]) / 2 if own.is_floating_point() else own for name, own in weights.items()}


def sentence_logits(tokens: Tensor, sentences: Tensor, count: int) -> Tensor:
    """Return [n, count], the log-sum-exp of each sentence's token logits; -inf where it has no token.

    `tokens` [n, w] are the tokens' logits, `sentences` [n, w] their sentence numbers.
    """
    own = sentences[:, :, None] == torch.arange(count, device=tokens.device)
    return torch.where(own, tokens[:, :, None], -torch.inf).logsumexp(dim=1)
