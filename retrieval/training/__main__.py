"""`python -m retrieval.training`: prepare question files, train the reader on them, and export it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from retrieval.encoding.models import DEFAULT_MODEL, default_cache, locate
from retrieval.errors import InputInvalid, QuothError

EXAMPLES = """examples:
  python -m retrieval.training prepare questions/*.jsonl.gz
  python -m retrieval.training train --minutes 300
  python -m retrieval.training export reader/
"""


def main(arguments: Sequence[str]) -> int:
    """Run one stage and return 0, or 2 after an error, which goes to standard error."""
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except QuothError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted. Run the same command again to resume from the last checkpoint.\n")
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m retrieval.training",
        description="Train the reader, a cross-encoder that scores how well each sentence of a passage answers.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--folder", type=Path, help="working folder (default: the user's cache folder)")
    parser.add_argument("--model", default=DEFAULT_MODEL, help="the encoder to train from (default: %(default)s)")
    stages = parser.add_subparsers(required=True, metavar="STAGE")
    prepare = stages.add_parser("prepare", help="cut passages and find hard negatives")
    prepare.add_argument("files", nargs="+", type=Path, metavar="FILE", help="JSONL files of questions, plain or .gz")
    prepare.set_defaults(run=_prepare)
    restructure = stages.add_parser(
        "restructure", help="derive questions on sections, lists, tables, steps and commands"
    )
    restructure.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="JSONL files of questions, plain or .gz"
    )
    restructure.add_argument("--out", type=Path, required=True, metavar="FILE", help="the JSONL file to write")
    restructure.add_argument("--count", type=int, default=40_000, help="about how many (default: %(default)d)")
    restructure.add_argument("--seed", type=int, default=7)
    restructure.set_defaults(run=_restructure)
    mix = stages.add_parser("mix", help="add structured questions to part of a prepared set")
    mix.add_argument("file", type=Path, metavar="FILE", help="the file that restructure wrote")
    mix.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="the folder of the new set")
    mix.add_argument("--count", type=int, default=40_000, help="questions of the prepared set (default: %(default)d)")
    mix.set_defaults(run=_mix)
    mine = stages.add_parser("mine", help="find more hard negatives with the encoder (best with a GPU)")
    mine.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    mine.set_defaults(run=_mine)
    train = stages.add_parser("train", help="train, resuming from the last checkpoint")
    train.add_argument("--minutes", type=float, default=300.0, help="total training time (default: %(default)g)")
    train.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
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
    export.add_argument(
        "--languages",
        default="en",
        metavar="CODES",
        help="those of the data, with commas between (default: %(default)s)",
    )
    export.add_argument("--average", type=Path, metavar="FILE", help="export the mean of the trained weights and these")
    export.set_defaults(run=_export)
    return parser


def _folder(options: argparse.Namespace) -> Path:
    folder: Path = options.folder or default_cache() / "training"
    return folder.expanduser()


def _log(message: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {message}\n")
    sys.stderr.flush()


def _prepare(options: argparse.Namespace) -> None:
    from retrieval.training.negatives import Pool, mine
    from retrieval.training.passages import cut
    from retrieval.training.prepared import Prepared, piece_counter
    from retrieval.training.questions import read_questions

    documents, questions = read_questions(options.files)
    _log(f"{len(questions):,} questions on {len(documents):,} documents")
    passages = list(cut(documents, piece_counter(locate(options.model).path / "tokenizer.json"), seed=1))
    _log(f"{len(passages):,} passages")

    def progress(count: int, total: int) -> None:
        if count % 20_000 == 0:
            _log(f"negatives of {count:,} of {total:,} questions")

    candidates = mine(questions, Pool(documents, passages), progress)
    folder = _folder(options) / "prepared"
    Prepared(documents, passages, questions, candidates.near, candidates.far).write(folder)
    _log(f"written to {folder}")


def _mine(options: argparse.Namespace) -> None:
    from retrieval.training.dense import with_dense
    from retrieval.training.prepared import read_prepared

    folder = _folder(options) / "prepared"
    with_dense(read_prepared(folder), locate(options.model).path, _device(options)).write_tables(folder)
    _log(f"written to {folder}")


def _restructure(options: argparse.Namespace) -> None:
    from retrieval.training.mixture import restructure

    count = restructure(options.files, options.out, options.count, options.seed)
    _log(f"{count:,} questions written to {options.out}")


def _mix(options: argparse.Namespace) -> None:
    from retrieval.training.mixture import mix
    from retrieval.training.prepared import piece_counter, read_prepared

    pieces = piece_counter(locate(options.model).path / "tokenizer.json")
    mixed = mix(read_prepared(_folder(options) / "prepared"), options.file, options.count, 5, pieces)
    mixed.write(options.out)
    _log(f"{len(mixed.questions):,} questions written to {options.out}")


def _device(options: argparse.Namespace) -> str:
    import torch

    device: str = options.device
    return ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device


def _train(options: argparse.Namespace) -> None:
    from retrieval.training.batches import Batches
    from retrieval.training.groups import Groups, split
    from retrieval.training.loop import Plan, train
    from retrieval.training.prepared import read_prepared
    from retrieval.training.reader_model import ReaderModel

    folder, model = _folder(options), locate(options.model).path
    device = _device(options)
    prepared = read_prepared(options.set or folder / "prepared")
    groups, rows = Groups(prepared, options.negatives), split(prepared)
    batches = Batches(prepared, model / "tokenizer.json", options.tokens)
    _log(f"training on {len(rows.train):,} questions, {len(rows.held_out):,} held out, {device}")
    plan = Plan(options.minutes, device, options.rate, options.tokens, options.negatives, workers=options.workers)
    reader = ReaderModel.of(model)
    if options.weights:
        reader.load(options.weights)
    train(reader, batches, groups, rows, plan, folder, _log)


def _export(options: argparse.Namespace) -> None:
    import torch

    from retrieval.training.exporting import Card, export_reader
    from retrieval.training.loop import CHECKPOINT
    from retrieval.training.reader_model import ReaderModel, mean

    file = _folder(options) / CHECKPOINT
    if not file.is_file():
        raise InputInvalid(f"The checkpoint {file}", "does not exist", "run `python -m retrieval.training train` first")
    content = torch.load(file, map_location="cpu", weights_only=True)
    model = ReaderModel.of(locate(options.model).path)
    if options.average:
        model.load(options.average)
        model.load_state_dict(mean(model.state_dict(), content["averaged"]))
    else:
        model.load_state_dict(content["averaged"])
    languages = tuple(options.languages.split(","))
    card = Card(options.model, options.data, content["inputs"], content["figures"], languages)
    _log(f"written to {export_reader(model, options.out, card)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
