"""The stages that make training sets."""

from __future__ import annotations

import argparse
from pathlib import Path

from retrieval.encoding.models import locate
from retrieval.training.stage_options import Stages, add_device, device_of, folder_of, log

QUESTION_FILES = "JSONL files of questions, plain or .gz"


def add_prepare_stages(stages: Stages) -> None:
    """Add `prepare`, `restructure`, `mix` and `mine`."""
    prepare = stages.add_parser("prepare", help="cut passages and find hard negatives")
    prepare.add_argument("files", nargs="+", type=Path, metavar="FILE", help=QUESTION_FILES)
    prepare.set_defaults(run=_prepare)
    restructure = stages.add_parser(
        "restructure", help="derive questions on sections, lists, tables, steps and commands"
    )
    restructure.add_argument("files", nargs="+", type=Path, metavar="FILE", help=QUESTION_FILES)
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
    add_device(mine)
    mine.set_defaults(run=_mine)


def _prepare(options: argparse.Namespace) -> None:
    from retrieval.training.negatives import Pool, mine
    from retrieval.training.passages import cut
    from retrieval.training.prepared import Prepared, piece_counter
    from retrieval.training.questions import read_questions

    documents, questions = read_questions(options.files)
    log(f"{len(questions):,} questions on {len(documents):,} documents")
    passages = list(cut(documents, piece_counter(locate(options.model).path / "tokenizer.json"), seed=1))
    log(f"{len(passages):,} passages")

    def progress(count: int, total: int) -> None:
        if count % 20_000 == 0:
            log(f"negatives of {count:,} of {total:,} questions")

    candidates = mine(questions, Pool(documents, passages), progress)
    folder = folder_of(options) / "prepared"
    Prepared(documents, passages, questions, candidates.near, candidates.far).write(folder)
    log(f"written to {folder}")


def _mine(options: argparse.Namespace) -> None:
    from retrieval.training.dense import with_dense
    from retrieval.training.prepared import read_prepared

    folder = folder_of(options) / "prepared"
    with_dense(read_prepared(folder), locate(options.model).path, device_of(options)).write_tables(folder)
    log(f"written to {folder}")


def _restructure(options: argparse.Namespace) -> None:
    from retrieval.training.mixture import restructure

    count = restructure(options.files, options.out, options.count, options.seed)
    log(f"{count:,} questions written to {options.out}")


def _mix(options: argparse.Namespace) -> None:
    from retrieval.training.mixture import mix
    from retrieval.training.prepared import piece_counter, read_prepared

    pieces = piece_counter(locate(options.model).path / "tokenizer.json")
    mixed = mix(read_prepared(folder_of(options) / "prepared"), options.file, options.count, 5, pieces)
    mixed.write(options.out)
    log(f"{len(mixed.questions):,} questions written to {options.out}")
