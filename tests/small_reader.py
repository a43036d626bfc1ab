"""A reader small enough to be trained in a second; whoever calls this needs torch and transformers."""

from __future__ import annotations

from pathlib import Path

from retrieval.encoding.models import DEFAULT_MODEL, locate


def write_small_model(folder: Path) -> Path:
    """Write a BERT of three layers, with the default model's vocabulary."""
    import torch
    import transformers

    torch.manual_seed(0)
    config = transformers.BertConfig(
        hidden_size=32, num_hidden_layers=3, num_attention_heads=2, intermediate_size=32, max_position_embeddings=320
    )
    model = transformers.BertModel(config, add_pooling_layer=False)
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)  # an exporter merges biases that are all zero
    model.save_pretrained(str(folder))
    (folder / "tokenizer.json").write_bytes((locate(DEFAULT_MODEL).path / "tokenizer.json").read_bytes())
    return folder


def write_small_reader(model: Path, folder: Path) -> Path:
    """Export a reader with the layers of a model and heads that have learned nothing."""
    import torch

    from retrieval.training.exporting import Card, export_reader
    from retrieval.training.reader_model import ReaderModel

    torch.manual_seed(0)
    export_reader(ReaderModel.of(model), folder, Card("small", "none", 0, "none"))
    return folder
