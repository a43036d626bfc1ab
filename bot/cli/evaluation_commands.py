"""The commands that measure: a gold set's questions, when to refuse, what a corpus can answer. bot.main adds them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.options import Config, Index, Json, a_path, database_option, examples, flag, path_option

commands = typer.Typer()

Gold = Annotated[
    Path | None,
    typer.Argument(
        parser=a_path,
        metavar="GOLD",
        help="The gold set: a .jsonl file, a SQuAD .json file or a BEIR folder.",
        show_default=False,
    ),
]
OptionalGold = Annotated[
    Path | None,
    typer.Argument(parser=a_path, metavar="GOLD", help="A gold set, as for `quoth eval`.", show_default=False),
]
Corpus = Annotated[Path | None, path_option("--corpus", "PATH", "Ask over these articles instead of an index.")]
SkipBad = Annotated[bool, flag("--skip-bad", "Skip gold questions that have faults, and say so.")]

RunFile = Annotated[
    Path | None, path_option("--json", "FILE", "Write the run, for a later --compare; - is standard output.")
]
ReportFile = Annotated[Path | None, path_option("--html", "FILE", "Write an HTML report; - is standard output.")]
EarlierRun = Annotated[
    Path | None,
    path_option("--compare", "RUN.json", "Compare, question by question, with a run that --json wrote earlier."),
]
Gate = Annotated[bool, flag("--gate", "With --compare: exit with 1 if a figure is significantly worse.")]
TrecFolder = Annotated[Path | None, path_option("--trec", "DIR", "Write run and qrels files for trec_eval here.")]

MaxFalseAnswers = Annotated[
    float,
    typer.Option(
        "--max-false-answers", metavar="SHARE", help="The share of unanswerable questions that may get an answer."
    ),
]
DryRun = Annotated[bool, flag("--dry-run", "Print the figures, but keep nothing.")]
Reset = Annotated[bool, flag("--reset", "Remove the index's calibration instead.")]

Feedback = Annotated[
    list[Path] | None,
    path_option("--feedback", "FILE", "Learn from exported feedback too, which is not measured; may be repeated."),
]
Folds = Annotated[
    int, typer.Option("--folds", metavar="N", help="Into how many folds to split the questions, by article.")
]
Epochs = Annotated[int, typer.Option("--epochs", metavar="N", help="How often to learn from each question.")]
ResetReader = Annotated[bool, flag("--reset", "Remove the index's tuned reader instead.")]

Store = Annotated[
    Any, database_option("The Discord bot's database; the questions in it are asked too, if you name it here.")
]
Sample = Annotated[
    int, typer.Option("--sample", metavar="N", help="How many sentences to ask in their own words; 0 asks all.")
]
Limit = Annotated[int, typer.Option("--limit", metavar="N", help="How many entries of each list to show; 0 shows all.")]


@commands.command(
    name="eval",
    epilog=examples(
        "quoth eval gold.jsonl",
        "quoth eval gold.jsonl --html report.html --json run.json",
        "quoth eval gold.jsonl --corpus ~/articles",
        "quoth eval dev-v2.0.json",
        "quoth eval gold.jsonl --compare run.json --gate",
    ),
)
def evaluate(
    gold: Gold = None,
    corpus: Corpus = None,
    index: Index = None,
    json: RunFile = None,
    html: ReportFile = None,
    compare: EarlierRun = None,
    gate: Gate = False,
    trec: TrecFolder = None,
    skip_bad: SkipBad = False,
    config: Config = None,
) -> int:
    """Measure passages, quotes and refusals on a gold set of questions.

    GOLD is a .jsonl file of gold questions, asked over the index; a SQuAD 1.1 or 2.0 .json file; or a BEIR folder
    (corpus.jsonl, queries.jsonl, qrels/). SQuAD and BEIR bring their own corpus, which is indexed in your cache folder.

    The exit status is 1 if a quote is not exactly its source's words or if --gate finds a loss, 2 for a mistake or a
    fault, and 0 otherwise.
    """
    from bot.cli.eval import EvalOptions, run
    from bot.formats.shell import command
    from bot.remedies import named
    from bot.settings import load
    from retrieval.errors import InputInvalid

    if gold is None:
        example = command("eval", "gold.jsonl", *named(index))
        raise InputInvalid("The gold set", "is missing", f"name one, as in {example}")
    options = EvalOptions(
        gold=gold,
        corpus=corpus,
        indexed=index is not None,
        json=json,
        html=html,
        compare=compare,
        gate=gate,
        trec=trec,
        skip_bad=skip_bad,
    )
    return run(options, load(config, {"index.path": index}))


@commands.command(
    epilog=examples(
        "quoth calibrate gold.jsonl",
        "quoth calibrate gold.jsonl --max-false-answers 0.02 --dry-run",
        "quoth calibrate --reset",
    )
)
def calibrate(
    gold: OptionalGold = None,
    max_false_answers: MaxFalseAnswers = 0.05,
    corpus: Corpus = None,
    index: Index = None,
    dry_run: DryRun = False,
    reset: Reset = False,
    skip_bad: SkipBad = False,
    as_json: Json = False,
    config: Config = None,
) -> int:
    """Calibrate when to refuse, on a gold set.

    This sets the threshold, and fits the confidence to the gold set if that is better. Both are kept with the index,
    and a running chat or Discord bot picks them up. All figures are measured on questions held out of the fit.
    """
    from bot.cli.calibrate import CalibrateOptions, run
    from bot.settings import load

    options = CalibrateOptions(
        gold=gold,
        max_false_answers=max_false_answers,
        corpus=corpus,
        indexed=index is not None,
        dry_run=dry_run,
        reset=reset,
        skip_bad=skip_bad,
        as_json=as_json,
    )
    return run(options, load(config, {"index.path": index}))


@commands.command(
    epilog=examples(
        "quoth tune gold.jsonl",
        "quoth tune gold.jsonl --feedback feedback.jsonl --dry-run",
        "quoth tune gold.jsonl --corpus ~/articles --folds 10",
        "quoth tune --reset",
    )
)
def tune(
    gold: OptionalGold = None,
    feedback: Feedback = None,
    corpus: Corpus = None,
    index: Index = None,
    folds: Folds = 5,
    epochs: Epochs = 3,
    dry_run: DryRun = False,
    reset: ResetReader = False,
    skip_bad: SkipBad = False,
    as_json: Json = False,
    config: Config = None,
) -> int:
    """Tune the reader on your own questions, and keep it if that is better.

    The gold set is split into folds by article. Each fold is answered by a reader that has learned from the others, and
    compared with the reader before, question by question. A reader that has learned from all of it is kept with the
    index if the first quote is significantly more often right, and no other figure significantly worse. A running chat
    or Discord bot picks it up. It takes some hundred questions to show, and minutes to try; nothing is kept halfway.

    The exit status is 0 if the tuned reader is better, 1 if nothing was kept because it is not, and 2 for a mistake or
    a fault.
    """
    from bot.cli.tune import TuneOptions, run
    from bot.settings import load

    options = TuneOptions(
        gold=gold,
        feedback=tuple(feedback or ()),
        corpus=corpus,
        indexed=index is not None,
        folds=folds,
        epochs=epochs,
        dry_run=dry_run,
        reset=reset,
        skip_bad=skip_bad,
        as_json=as_json,
    )
    return run(options, load(config, {"index.path": index}))


@commands.command(
    epilog=examples("quoth reach", "quoth reach gold.jsonl --sample 0", "quoth reach --corpus ~/articles")
)
def reach(
    gold: OptionalGold = None,
    store: Store = None,
    sample: Sample = 1000,
    limit: Limit = 10,
    corpus: Corpus = None,
    index: Index = None,
    skip_bad: SkipBad = False,
    as_json: Json = False,
    config: Config = None,
) -> int:
    """Report what the corpus can and cannot answer.

    The report lists articles that no question finds, sentences too alike to tell apart, and sentences that are not the
    best quote even when asked for in their own words. A gold set that brings its own corpus is asked over that corpus.
    """
    from bot.cli.reach import ReachOptions, run
    from bot.settings import load

    options = ReachOptions(
        gold=gold,
        store=store,
        sample=sample,
        limit=limit,
        corpus=corpus,
        indexed=index is not None,
        skip_bad=skip_bad,
        as_json=as_json,
    )
    return run(options, load(config, {"index.path": index}))
