"""Training the reader: files of questions in, a cross-encoder for ONNX Runtime out.

    questions (JSONL) -> documents -> passages -> hard negatives -> groups -> batches -> weights -> export

Runs as `python -m retrieval.training`; asking never imports it. `noise`, `batches`, `reader_model`, `loss`, `loop` need
torch and tokenizers alone, so that a set prepared on one machine can be trained on another.
"""
