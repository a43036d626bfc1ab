"""The stages that train an adapter of the encoder and export it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from retrieval.encoding.models import NO_PROMPTS, ModelFolder, as_published
from retrieval.errors import InputInvalid
from retrieval.training.stage_options import (
    Stages,
    add_device,
    add_languages,
    checkpoint_of,
    device_of,
    folder_of,
    log,
    positive,
)


def add_encoder_stages(stages: Stages) -> None:
    """Add `encoder`, `export-encoder` and `package-encoder`."""
    train = stages.add_parser("encoder", help="train an adapter of the encoder, resuming from the last checkpoint")
    train.add_argument("prepared", type=Path, metavar="PREPARED", help="the folder of a prepared set")
    train.add_argument("--minutes", type=float, default=45.0, help="total training time (default: %(default)g)")
    # Suppressed: a default of this parser would take the place of what was named before the stage.
    train.add_argument("--folder", type=Path, default=argparse.SUPPRESS, help="the folder of the checkpoint")
    add_device(train)
    train.add_argument("--rate", type=float, default=5e-4, help="highest learning rate (default: %(default)g)")
    train.add_argument("--questions", type=positive, default=32, help="questions per batch (default: %(default)d)")
    train.add_argument("--negatives", type=int, default=1, help="negatives for each question (default: %(default)d)")
    train.set_defaults(run=_train)
    export = stages.add_parser("export-encoder", help="write the trained adapter, with its model card")
    export.add_argument("trained", type=Path, metavar="FOLDER", help="the folder of the checkpoint")
    export.add_argument("out", type=Path, metavar="OUT", help="the folder to write to")
    export.add_argument("--machine", metavar="TEXT", help="what it was trained on, for the model card")
    add_languages(export)
    export.set_defaults(run=_export)
    package = stages.add_parser("package-encoder", help="write the files of the encoder that quoth carries")
    package.add_argument("out", type=Path, metavar="OUT", help="the folder to write to")
    package.set_defaults(run=_package)


def _train(options: argparse.Namespace) -> None:
    from retrieval.training.encoder_loop import EncoderPlan, EncoderTraining
    from retrieval.training.prepared import read_prepared
    from retrieval.training.transformer import load_transformer

    model = as_published(options.model)
    _check_reads_as_trained(model)
    prepared = read_prepared(options.prepared)
    plan = EncoderPlan(
        options.minutes, device_of(options), options.rate, questions=options.questions, negatives=options.negatives
    )
    EncoderTraining(load_transformer(model.path), model, prepared, plan, folder_of(options), log).run()


def _check_reads_as_trained(model: ModelFolder) -> None:
    """Raise InputInvalid for an encoder that reads its texts or pools its vectors in another way than the training."""
    file = model.path / "1_Pooling" / "config.json"
    pooling = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    reason = "reads prompts before its texts, which the training does not" if model.prompts != NO_PROMPTS else ""
    if pooling.get("pooling_mode", "mean") != "mean" or not pooling.get("pooling_mode_mean_tokens", True):
        reason = "does not pool by the mean, as the training does"
    if reason:
        raise InputInvalid(f"The encoder {model.name!r}", reason, "name another by --model")


def _export(options: argparse.Namespace) -> None:
    from retrieval.training.adapter_export import AdapterCard, export_adapter
    from retrieval.training.encoder_loop import ENCODER_CHECKPOINT, ENCODER_FIELDS
    from retrieval.training.licences import data_sets

    content = checkpoint_of(options.trained / ENCODER_CHECKPOINT, ENCODER_FIELDS, "encoder")
    minutes = content["seconds"] / 60
    card = AdapterCard(
        trained_from=content["model"],
        trained_from_digest=content["digest"],
        data=data_sets(content["sets"]),
        batches=content["batches"],
        questions=content["questions"],
        trained=f"{minutes:.0f} minutes on {options.machine or content['device']}",
        before=content["before"],
        figures=content["figures"],
        languages=tuple(options.languages.split(",")),
    )
    log(f"written to {export_adapter(content['learnt'], options.out, card)}")


def _package(options: argparse.Namespace) -> None:
    from retrieval.encoding.export import export
    from retrieval.encoding.models import default_cache, locate
    from retrieval.training.encoder_packaging import package

    package(export(locate(options.model), default_cache()), options.out)
    log(f"written to {options.out}")
