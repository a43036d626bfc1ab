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


def tiny_multilingual_model(folder: Path) -> Path:
    """Save an XLM-RoBERTa of two layers, whose places begin behind its padding piece and whose tokenizer is Unigram.

    As in XLM-R and its kin, a piece that begins a word begins with "▁", which stands for the space before it.
    """
    import torch
    from sentence_transformers import SentenceTransformer, models
    from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram
    from transformers import PreTrainedTokenizerFast, XLMRobertaConfig, XLMRobertaModel

    marks = ["<s>", "<pad>", "</s>", "<unk>"]
    words = ["der", "reiher", "kam", "stand", "am", "wehr", "ein", "grauer", "query", "passage"]
    letters = [*string.ascii_lowercase, *string.digits, *string.punctuation, *"äöüß鷺堰日本"]
    scores = [(mark, 0.0) for mark in marks] + [("▁", -4.0)] + [(f"▁{word}", -5.0) for word in words]
    tokenizer = Tokenizer(Unigram([*scores, *((letter, -8.0) for letter in letters)], unk_id=3))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    torch.manual_seed(7)
    config = XLMRobertaConfig(
        vocab_size=len(scores) + len(letters),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=66,
        type_vocab_size=1,
        initializer_range=0.5,
    )
    XLMRobertaModel(config, add_pooling_layer=False).save_pretrained(folder / "xlm-r")
    names = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=64, **names)
    fast.save_pretrained(folder / "xlm-r")
    transformer = models.Transformer(str(folder / "xlm-r"), max_seq_length=64)
    modules = [transformer, models.Pooling(32, pooling_mode="mean"), models.Normalize()]
    SentenceTransformer(modules=modules, device="cpu").save(str(folder / "tiny-e5"))
    return folder / "tiny-e5"
