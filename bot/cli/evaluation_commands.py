"""The commands that measure: a gold set's questions, when to refuse, what a corpus can answer. bot.main adds them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bot.cli.options import Config, Index, Json, a_path, examples

commands = typer.Typer()

Gold = Annotated[
    Path | None,
    typer.Argument(
        parser=a_path, metavar="GOLD", help="The gold set: a .jsonl, a SQuAD .json, a BEIR folder.", show_default=False
    ),
]
OptionalGold = Annotated[
    Path | None,
    typer.Argument(parser=a_path, metavar="GOLD", help="The gold set, as `quoth eval` takes it.", show_default=False),
]
Corpus = Annotated[
    Path | None,
    typer.Option("--corpus", parser=a_path, metavar="PATH", help="The articles to ask over, instead of an index."),
]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Leave out gold questions that have faults, and say so.")]


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
    json: Annotated[
        Path | None,
        typer.Option(
            "--json", parser=a_path, metavar="FILE", help="Write the run, to compare with later; - is standard output."
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", parser=a_path, metavar="FILE", help="Write a page of it; - is standard output."),
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(
            "--compare", parser=a_path, metavar="RUN.json", help="Compare with a run that --json wrote, by question."
        ),
    ] = None,
    gate: Annotated[
        bool, typer.Option("--gate", help="With --compare: status 1 where a figure is significantly worse.")
    ] = False,
    trec: Annotated[
        Path | None,
        typer.Option("--trec", parser=a_path, metavar="DIR", help="Write run and qrels files for trec_eval."),
    ] = None,
    skip_bad: SkipBad = False,
    config: Config = None,
) -> int:
    """Measure passages, quotes and refusals on a gold set of questions.

    GOLD is a .jsonl of gold questions, asked over the settings' index; a SQuAD 1.1 or 2.0 .json; or a BEIR folder
    (corpus.jsonl, queries.jsonl, qrels/). The last two bring their own corpus, which is indexed in the user's cache
    folder.

    The exit status is 0; 1 where a quote is not exactly its source's words, or the gate finds a loss; 2 for a mistake
    or a fault.
    """
    from bot.cli.eval import EvalOptions, run
    from bot.settings import load
    from retrieval.errors import InputInvalid
    from retrieval.remedy import named
    from retrieval.shell import command

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
    max_false_answers: Annotated[
        float,
        typer.Option(
            "--max-false-answers", metavar="SHARE", help="The share of unanswerable questions that may be answered."
        ),
    ] = 0.05,
    corpus: Corpus = None,
    index: Index = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what it would be worth, and keep nothing.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Remove the index's calibration instead.")] = False,
    skip_bad: SkipBad = False,
    as_json: Json = False,
    config: Config = None,
) -> int:
    """Set when to refuse, by a gold set: the threshold, and the confidence where one fitted to the set is better.

    Both are kept with the index, and a running chat takes them up. What is printed of them is measured on questions
    that they were not fitted on.
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
    epilog=examples("quoth reach", "quoth reach gold.jsonl --sample 0", "quoth reach --corpus ~/articles")
)
def reach(
    gold: OptionalGold = None,
    store: Annotated[
        Path | None,
        typer.Option(
            "--store",
            parser=a_path,
            metavar="FILE",
            help="The chat's database, for the questions that were asked there.",
        ),
    ] = None,
    sample: Annotated[
        int, typer.Option("--sample", metavar="N", help="Sentences to ask in their own words; 0 asks all.")
    ] = 1000,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="Entries to show of a list; 0 shows all.")] = 10,
    corpus: Corpus = None,
    index: Index = None,
    skip_bad: SkipBad = False,
    as_json: Json = False,
    config: Config = None,
) -> int:
    """Tell what the corpus can and cannot answer.

    Articles that no question surfaces, sentences too alike to tell apart, and sentences that are not the best quote
    even when they are asked for in their own words. A gold set that brings its own corpus is asked over that.
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
