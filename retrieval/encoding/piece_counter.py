"""Counts the word pieces of texts, without the model: all that cutting an article into passages takes of an encoder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.encoding.folding import folded

if TYPE_CHECKING:
    from tokenizers import Tokenizer


def load_tokenizer(file: Path, max_pieces: int) -> Tokenizer:
    """Return the tokenizer in a file, which cuts texts off at so many pieces."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_pieces)
    return tokenizer


def piece_counter(tokenizer: Tokenizer) -> Callable[[str], int]:
    """Return what counts the word pieces of a text, special ones left out."""
    return lambda text: len(tokenizer.encode(folded(text).text, add_special_tokens=False).ids)
