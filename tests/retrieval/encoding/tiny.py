"""A sentence-transformers model that is small enough to be made by a test."""

from __future__ import annotations

import string
from pathlib import Path

from tests.toy import ARTICLES


def tiny_model(folder: Path, *, dense: bool = False, hidden: int = 32) -> Path:
    """Save a BERT of two layers and 32 dimensions that pools by its first piece."""
    import torch
    from sentence_transformers import SentenceTransformer, models
    from transformers import BertConfig, BertModel, BertTokenizerFast

    words = sorted({word for text in ARTICLES.values() for word in text.lower().split() if word.isalpha()})
    letters = [*string.ascii_lowercase, *string.digits, *string.punctuation]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{one}" for one in letters)]
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join([*pieces, *words]), "utf-8")
    torch.manual_seed(7)
    config = BertConfig(
        vocab_size=len(pieces) + len(words),
        hidden_size=hidden,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.5,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder / "bert")
    BertTokenizerFast.from_pretrained(folder, model_max_length=64).save_pretrained(folder / "bert")
    transformer = models.Transformer(str(folder / "bert"), max_seq_length=64)
    modules = [transformer, models.Pooling(hidden, pooling_mode="cls")]
    if dense:
        modules.append(models.Dense(hidden, 16))
    SentenceTransformer(modules=modules, device="cpu").save(str(folder / "saved"))
    return folder / "saved"
