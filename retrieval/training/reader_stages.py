"""The stages that train the reader and export it."""

from __future__ import annotations

import argparse
from pathlib import Path

from retrieval.encoding.models import locate
from retrieval.training.stage_options import (
    Stages,
    add_device,
    add_languages,
    checkpoint_of,
    device_of,
    folder_of,
    log,
)


def add_reader_stages(stages: Stages) -> None:
    """Add `train` and `export`."""
    train = stages.add_parser("train", help="train, resuming from the last checkpoint")
    train.add_argument("--minutes", type=float, default=300.0, help="total training time (default: %(default)g)")
    add_device(train)
    train.add_argument("--tokens", type=int, default=6144, help="tokens per batch (default: %(default)d)")
    train.add_argument("--rate", type=float, default=6e-5, help="highest learning rate (default: %(default)g)")
    train.add_argument(
        "--negatives", type=int, default=2, help="passages without an answer for each question (default: %(default)d)"
    )
    train.add_argument("--workers", type=int, default=0, help="processes that prepare batches (default: %(default)d)")
    train.add_argument(
        "--from", type=Path, dest="weights", metavar="FILE", help="weights or a checkpoint to go on from"
    )
    train.add_argument("--set", type=Path, metavar="FOLDER", help="the prepared set (default: prepared in the folder)")
    train.set_defaults(run=_train)
    export = stages.add_parser("export", help="write the trained reader for ONNX Runtime, with its model card")
    export.add_argument("out", type=Path, metavar="FOLDER", help="the folder to write to")
    export.add_argument("--data", default="", help="the training data and its licences, for the model card")
    add_languages(export)
    export.add_argument("--average", type=Path, metavar="FILE", help="export the mean of the trained weights and these")
    export.set_defaults(run=_export)


def _train(options: argparse.Namespace) -> None:
    from retrieval.training.batches import Batches
    from retrieval.training.groups import Groups, split
    from retrieval.training.loop import Plan, train
    from retrieval.training.prepared import read_prepared
    from retrieval.training.reader_model import ReaderModel

    folder, model = folder_of(options), locate(options.model).path
    device = device_of(options)
    prepared = read_prepared(options.set or folder / "prepared")
    groups, rows = Groups(prepared, options.negatives), split(prepared)
    batches = Batches(prepared, model / "tokenizer.json", options.tokens)
    log(f"training on {len(rows.train):,} questions, {len(rows.held_out):,} held out, {device}")
    plan = Plan(options.minutes, device, options.rate, options.tokens, options.negatives, workers=options.workers)
    reader = ReaderModel.of(model)
    if options.weights:
        reader.load(options.weights)
    train(reader, batches, groups, rows, plan, folder, log)


def _export(options: argparse.Namespace) -> None:
    from retrieval.training.exporting import Card, export_reader
    from retrieval.training.loop import CHECKPOINT, FIELDS
    from retrieval.training.reader_model import ReaderModel, mean

    content = checkpoint_of(folder_of(options) / CHECKPOINT, FIELDS, "train")
    model = ReaderModel.of(locate(options.model).path)
    if options.average:
        model.load(options.average)
        model.load_state_dict(mean(model.state_dict(), content["averaged"]))
    else:
        model.load_state_dict(content["averaged"])
    languages = tuple(options.languages.split(","))
    card = Card(options.model, options.data, content["inputs"], content["figures"], languages)
    log(f"written to {export_reader(model, options.out, card)}")
