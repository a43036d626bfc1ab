"""Train the reader: question files in, a cross-encoder for ONNX Runtime out.

    questions (JSONL) -> documents -> passages -> hard negatives -> groups -> batches -> weights -> export

Run it as `python -m retrieval.training`; asking never imports it. `noise`, `batches`, `reader_model`, `loss` and `loop`
need only torch and tokenizers, so that a set prepared on one machine can be trained on another. `restructure` derives
questions on sections, lists, tables, steps and commands from question files, and `mix` adds them to a prepared set.
"""
