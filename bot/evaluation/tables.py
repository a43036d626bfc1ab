"""A measured run, and two compared, as tables in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.evaluation.numbers import DASH, chance, change, count, interval, moment, number, threshold_text
from bot.evaluation.verdicts import FLIPS
from bot.formats.visible import one_line
from bot.terminal.screen import Screen
from retrieval.evaluation.records import Comparison, Difference, Figure, Flip, Provenance, Report, Run, Slice

GROUPS = {
    "passages": "Passages",
    "quotes": "Quotes",
    "refusals": "Refusals",
    "proof": "Proof",
    "speed": "Speed",
}
"""The groups of figures, in order, by what heads them."""
WORDS = {
    "passages R@1": "gold passages ranked first",
    "passages R@5": "gold passages among the first five",
    "passages R@10": "gold passages among the first ten",
    "passages R@100": "gold passages among the first 100",
    "passages RR@10": "1 / rank of the first gold passage",
    "passages nDCG@10": "order, against the best order",
    "quotes Success@3": "one of the first three holds it",
    "quotes RR@10": "1 / rank of the first that holds it",
    "quotes F1": "words shared with the answer",
    "quotes EM": "is the answer and no word more",
    "refusals answered right": "answered, and the first quote right",
    "refusals AUROC": "answerable trusted above the others",
    "refusals AURC": "wrong answers, over all thresholds",
    "proof exact": "quotes that are exact slices",
    "speed throughput": "questions answered a second",
}
"""What figures are of, in words short enough for 80 columns; those of the figure itself are for where there is room."""
SLICED = ("R@10", "P@1", "Success@3", "false refusals", "false answers")
"""The figures of a slice that are shown."""
VERDICTS = {"gain": "green", "loss": "bold red", "same": ""}

SLICES = 10  # tags that are shown, the largest
FEWEST = 5  # questions of a tag below which its figures say too little
NAMED_FLIPS = 5  # questions that are named each way
GAP = "  "
NARROWEST = 16  # columns that a name has at least


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: what it is of, and its values; or what heads those below."""

    name: str
    cells: tuple[str, ...] = ()
    tail: str = ""
    """What stands behind the values, flush left."""
    style: str = ""
    heading: bool = False


def show_report(output: Screen, report: Report) -> None:
    """What was asked, the figures by group, and the largest slices."""
    from rich.text import Text

    output.line(Text(_title(report.run), style="bold"))
    output.line(_over(report.run))
    rows: list[Row] = []
    for group, heading in GROUPS.items():
        figures = [_figure_row(figure) for figure in report.figures if figure.group == group]
        if figures:
            rows += [Row(heading, ("", "" if rows else "95 % interval"), heading=True), *figures]
    show_table(output, rows)
    _show_slices(output, report)


def show_comparison(output: Screen, comparison: Comparison) -> None:
    """Every figure before and after, and the questions that flipped."""
    from rich.text import Text

    output.line()
    output.line(Text(f"Compared with the run of {one_line(moment(comparison.before.provenance.made))}", style="bold"))
    for said in _changed(comparison):
        output.line(said)
    rows: list[Row] = []
    for group, heading in GROUPS.items():
        differences = [_difference_row(one) for one in comparison.differences if one.group == group]
        if differences:
            columns = ("",) * 5 if rows else ("before", "after", "change", "95 % interval", "p")
            rows += [Row(heading, columns, heading=True), *differences]
    show_table(output, rows, drop_tails=True)
    for (what, gained), words in FLIPS.items():
        flips = [flip for flip in comparison.flips if (flip.what, flip.gained) == (what, gained)]
        if flips:
            _show_flips(output, f"{words.capitalize()}, not before", flips)


def show_table(output: Screen, rows: Sequence[Row], *, drop_tails: bool = False) -> None:
    """Names to the left, values right in their columns, an empty line above each heading.

    In a terminal that is too narrow, columns move together and names go on in the next line; `drop_tails` leaves the
    tails out first.
    """
    from rich.cells import cell_len
    from rich.text import Text

    if not rows:
        return
    columns = max(len(row.cells) for row in rows)
    cells = [row.cells + ("",) * (columns - len(row.cells)) for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    name = max(cell_len(row.name) + (0 if row.heading else len(GAP)) for row in rows)
    tail = max(len(GAP) + cell_len(row.tail) if row.tail else 0 for row in rows)
    gap = GAP
    if output.is_terminal:
        room = output.console.width - sum(widths) - len(gap) * columns
        if room < NARROWEST:
            gap = " "
            room += columns
        if drop_tails and name + tail > room:
            tail = 0
        name = min(name, max(NARROWEST, room - tail))
    for row, values in zip(rows, cells, strict=True):
        if row.heading:
            output.line()
        style = "bold" if row.heading else row.style
        first, *rest = _broken(row, name)
        line = Text(first + " " * (name - cell_len(first)), style=style)
        for value, width in zip(values, widths, strict=True):
            line.append(gap + " " * (width - cell_len(value)) + value, style="not bold dim" if row.heading else "")
        if row.tail and tail:
            line.append(GAP + row.tail, style="not bold dim")
        line.rstrip()
        output.line(line, wrap=False)
        for more in rest:
            output.line(Text(more, style=style), wrap=False)


def _broken(row: Row, width: int) -> Iterator[str]:
    """The lines of a name, those below a heading set in, further where they go on."""
    import textwrap

    if row.heading:
        return iter((row.name,))
    return iter(textwrap.wrap(row.name, width, initial_indent=GAP, subsequent_indent=GAP * 2) or [GAP])


def _title(run: Run) -> str:
    asked = len(run.outcomes)
    answerable = sum(one.answerable for one in run.outcomes)
    kinds = f"{answerable:,} answerable, {asked - answerable:,} not" if answerable < asked else "all answerable"
    return f"{one_line(run.provenance.gold)}: {count(asked, 'question')}, {kinds}"


def _over(run: Run) -> str:
    made = run.provenance
    index = f"index {made.index}, {one_line(made.model)}, threshold {threshold_text(made.threshold)}"
    return f"over {one_line(made.corpus)}, {index}"


def _figure_row(figure: Figure) -> Row:
    label = _words(figure)
    bounds = interval(figure.low, figure.high, figure.unit)
    return Row(label, (number(figure.value, figure.unit), bounds), figure.name if figure.name != label else "")


def _words(one: Figure | Difference) -> str:
    return WORDS.get(f"{one.group} {one.name}", one.label) or one.name


def _show_slices(output: Screen, report: Report) -> None:
    """The slices of most questions, with the figures that their questions have; none that says little or nothing."""
    telling = [one for one in report.slices if one.count >= FEWEST and not _is_whole(one, report.run)]
    shown = sorted(telling, key=lambda one: (-one.count, one.tag))[:SLICES]
    had = {figure.name for one in shown for figure in one.figures}
    names = [name for name in SLICED if name in had]
    rows = [Row("By tag", ("asked", *names), heading=True)]
    for one in shown:
        values = {figure.name: number(figure.value, figure.unit) for figure in one.figures}
        rows.append(Row(one_line(one.tag), (f"{one.count:,}", *(values.get(name, DASH) for name in names))))
    if not shown:
        return
    show_table(output, rows)
    if len(report.slices) > len(shown):
        output.line(f"and {len(report.slices) - len(shown):,} more (--json and --html have all)", first=GAP)


def _is_whole(one: Slice, run: Run) -> bool:
    """Whether its questions are all that were asked, all answerable or all others: the figures above are of those."""
    answerable = sum(outcome.answerable for outcome in run.outcomes)
    names = {figure.name for figure in one.figures}
    kinds = len(run.outcomes), answerable, len(run.outcomes) - answerable
    of_kind = True, "false answers" not in names, "false refusals" not in names
    return any(one.count == questions and fits for questions, fits in zip(kinds, of_kind, strict=True))


def _changed(comparison: Comparison) -> Iterable[str]:
    """What was measured otherwise: the gold set, the index, the model, settings; and what could not be paired."""
    before, after = comparison.before.provenance, comparison.after.provenance
    was, now = _conditions(before), _conditions(after)
    changed = [
        f"{name} {one_line(was.get(name, DASH))} → {one_line(now.get(name, DASH))}"
        for name in now | was
        if was.get(name) != now.get(name)
    ]
    yield f"Changed: {', '.join(changed)}." if changed else "The version, index, model and settings are the same."
    if before.gold_sha256 != after.gold_sha256:
        yield f"The gold set is not the same: {one_line(before.gold)} before, {one_line(after.gold)} now."
    if comparison.left_out:
        yield f"Left out, since only one of the runs has them: {count(comparison.left_out, 'question')}."


def _conditions(made: Provenance) -> dict[str, str]:
    return {
        "version": made.version,
        "index": made.index,
        "model": made.model,
        **dict(made.settings),
        "threshold": threshold_text(made.threshold),
    }


def _difference_row(one: Difference) -> Row:
    return Row(
        one.name,
        (
            number(one.before, one.unit),
            number(one.after, one.unit),
            change(one.difference, one.unit),
            interval(one.low, one.high, one.unit, signed=True),
            chance(one.p),
            "" if one.verdict == "same" else one.verdict,
        ),
        _words(one),
        VERDICTS[one.verdict],
    )


def _show_flips(output: Screen, heading: str, flips: Sequence[Flip]) -> None:
    from rich.text import Text

    output.line()
    output.line(Text(f"{heading}: {len(flips):,}", style="bold"))
    for flip in flips[:NAMED_FLIPS]:
        output.line(f"{one_line(flip.id)}  {one_line(flip.question)}", first=GAP, rest=GAP * 2)
    if len(flips) > NAMED_FLIPS:
        output.line(f"and {len(flips) - NAMED_FLIPS:,} more (--html has all)", first=GAP)
