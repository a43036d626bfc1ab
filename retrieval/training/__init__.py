"""Train the reader, and an adapter of the encoder.

    questions (JSONL) -> documents -> passages -> hard negatives -> a prepared set
    the reader:  groups -> batches -> weights of a cross-encoder -> export for ONNX Runtime
    the encoder: contrasts -> low-rank adapters of its last layers -> adapter.safetensors

Run it as `python -m retrieval.training`; asking never imports it. `noise`, `batches`, `reader_model`, `loss` and `loop`
need only torch and tokenizers, so that a set prepared on one machine can be trained on another. `restructure` derives
questions on sections, lists, tables, steps and commands from question files, and `mix` adds them to a prepared set.
"""
