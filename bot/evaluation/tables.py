"""A measured run, and the comparison of two, as tables in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from bot.evaluation.verdicts import FLIPS
from bot.formats.numbers import DASH, chance, change, count, interval, moment, number, threshold_text
from bot.formats.visible import one_line
from bot.terminal.screen import Screen
from retrieval.evaluation.records import Comparison, Difference, Figure, Flip, Provenance, Report, Run, Slice

GROUPS = {
    "passages": "Passages",
    "quotes": "Quotes",
    "refusals": "Refusals",
    "confidence": "Confidence",
    "proof": "Proof",
    "speed": "Speed",
}
"""The groups of figures in order, each with its heading."""
DESCRIPTIONS = {
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
    "confidence ECE": "confidence against the share right",
    "confidence right if high": "right, of the answers called high",
    "confidence right if fair": "right, of those called fair",
    "confidence right if low": "right, of those called low",
    "proof exact": "quotes that are exact slices",
    "speed throughput": "questions answered a second",
}
"""Descriptions that leave the table within 80 columns; the labels of these figures are longer."""
SLICE_FIGURES = ("R@10", "P@1", "Success@3", "false refusals", "false answers")
"""The figures that the table of tags shows."""
DIFFERENCE_STYLES = {"gain": "green", "loss": "bold red", "same": ""}

MAX_SLICES = 10  # tags shown, the largest
MIN_QUESTIONS = 5  # of a tag; the figures of fewer say too little
MAX_FLIPS = 5  # flipped questions shown each way
GAP = "  "
MIN_NAME_WIDTH = 16  # columns


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table, or the heading of those below it."""

    name: str
    cells: tuple[str, ...] = ()
    tail: str = ""
    """What follows the cells, flush left."""
    style: str = ""
    heading: bool = False


def show_report(output: Screen, report: Report) -> None:
    """Print what was asked, the figures by group, and the largest slices."""
    from rich.text import Text

    output.line(Text(_title(report.run), style="bold"))
    output.line(_setup(report.run.provenance))
    rows: list[Row] = []
    for group, heading in GROUPS.items():
        figures = [_figure_row(figure) for figure in report.figures if figure.group == group]
        if figures:
            rows += [Row(heading, ("", "" if rows else "95 % interval"), heading=True), *figures]
    show_table(output, rows)
    _show_slices(output, report)


def show_comparison(output: Screen, comparison: Comparison) -> None:
    """Print every figure before and after, and the questions that flipped."""
    from rich.text import Text

    output.line()
    output.line(Text(f"Compared with the run of {one_line(moment(comparison.before.provenance.made))}", style="bold"))
    for sentence in _changes(comparison):
        output.line(sentence)
    rows: list[Row] = []
    for group, heading in GROUPS.items():
        differences = [
            _difference_row(difference) for difference in comparison.differences if difference.group == group
        ]
        if differences:
            columns = ("",) * 5 if rows else ("before", "after", "change", "95 % interval", "p")
            rows += [Row(heading, columns, heading=True), *differences]
    show_table(output, rows, drop_tails=True)
    for (what, gained), words in FLIPS.items():
        flips = [flip for flip in comparison.flips if (flip.what, flip.gained) == (what, gained)]
        if flips:
            _show_flips(output, f"{words.capitalize()}, not before", flips)


def show_table(output: Screen, rows: Sequence[Row], *, drop_tails: bool = False) -> None:
    """Print names to the left, cells flush right in their columns, an empty line above each heading.

    Where the terminal is too narrow, columns move closer together and names wrap; `drop_tails` first leaves out the
    tails.
    """
    from rich.cells import cell_len
    from rich.text import Text

    if not rows:
        return
    columns = max(len(row.cells) for row in rows)
    cells = [row.cells + ("",) * (columns - len(row.cells)) for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    name_width = max(cell_len(row.name) + (0 if row.heading else len(GAP)) for row in rows)
    tail_width = max(len(GAP) + cell_len(row.tail) if row.tail else 0 for row in rows)
    gap = GAP
    if output.is_terminal:
        room = output.console.width - sum(widths) - len(gap) * columns
        if room < MIN_NAME_WIDTH:
            gap = " "
            room += columns
        if drop_tails and name_width + tail_width > room:
            tail_width = 0
        name_width = min(name_width, max(MIN_NAME_WIDTH, room - tail_width))
    for row, row_cells in zip(rows, cells, strict=True):
        if row.heading:
            output.line()
        style = "bold" if row.heading else row.style
        first, *rest = _wrapped(row, name_width)
        line = Text(first + " " * (name_width - cell_len(first)), style=style)
        for cell, width in zip(row_cells, widths, strict=True):
            line.append(gap + " " * (width - cell_len(cell)) + cell, style="not bold dim" if row.heading else "")
        if row.tail and tail_width:
            line.append(GAP + row.tail, style="not bold dim")
        line.rstrip()
        output.line(line, wrap=False)
        for name_line in rest:
            output.line(Text(name_line, style=style), wrap=False)


def _wrapped(row: Row, width: int) -> Iterator[str]:
    """Return the lines of a name: indented below a heading, and once more where it goes on."""
    import textwrap

    if row.heading:
        return iter((row.name,))
    return iter(textwrap.wrap(row.name, width, initial_indent=GAP, subsequent_indent=GAP * 2) or [GAP])


def _title(run: Run) -> str:
    questions = len(run.outcomes)
    answerable = sum(outcome.answerable for outcome in run.outcomes)
    kinds = f"{answerable:,} answerable, {questions - answerable:,} not" if answerable < questions else "all answerable"
    return f"{one_line(run.provenance.gold)}: {count(questions, 'question')}, {kinds}"


def _setup(provenance: Provenance) -> str:
    model, threshold = one_line(provenance.model), threshold_text(provenance.threshold)
    return f"over {one_line(provenance.corpus)}, index {provenance.index}, {model}, threshold {threshold}"


def _figure_row(figure: Figure) -> Row:
    description = _description(figure)
    cells = (number(figure.value, figure.unit), interval(figure.low, figure.high, figure.unit))
    return Row(description, cells, figure.name if figure.name != description else "")


def _description(figure: Figure | Difference) -> str:
    return DESCRIPTIONS.get(f"{figure.group} {figure.name}", figure.label) or figure.name


def _show_slices(output: Screen, report: Report) -> None:
    """Print the largest slices with the figures that they have; leave out those that say little or nothing new."""
    telling = [part for part in report.slices if part.count >= MIN_QUESTIONS and not _is_whole(part, report.run)]
    largest = sorted(telling, key=lambda part: (-part.count, part.tag))[:MAX_SLICES]
    if not largest:
        return
    present = {figure.name for part in largest for figure in part.figures}
    names = [name for name in SLICE_FIGURES if name in present]
    rows = [Row("By tag", ("asked", *names), heading=True)]
    for part in largest:
        numbers = {figure.name: number(figure.value, figure.unit) for figure in part.figures}
        rows.append(Row(one_line(part.tag), (f"{part.count:,}", *(numbers.get(name, DASH) for name in names))))
    show_table(output, rows)
    if len(report.slices) > len(largest):
        output.line(f"and {len(report.slices) - len(largest):,} more (--json and --html have all)", first=GAP)


def _is_whole(part: Slice, run: Run) -> bool:
    """Return whether a slice has all questions, or all of a kind, so that its figures stand above already."""
    answerable = sum(outcome.answerable for outcome in run.outcomes)
    names = {figure.name for figure in part.figures}
    sizes = len(run.outcomes), answerable, len(run.outcomes) - answerable
    of_kind = True, "false answers" not in names, "false refusals" not in names
    return any(part.count == size and fits for size, fits in zip(sizes, of_kind, strict=True))


def _changes(comparison: Comparison) -> Iterable[str]:
    """Yield what differs between the runs besides the figures, and how many questions could not be paired."""
    before, after = comparison.before.provenance, comparison.after.provenance
    was, now = _conditions(before), _conditions(after)
    changes = [
        f"{name} {one_line(was.get(name, DASH))} → {one_line(now.get(name, DASH))}"
        for name in now | was
        if was.get(name) != now.get(name)
    ]
    yield f"Changed: {', '.join(changes)}." if changes else "The version, index, model and settings are the same."
    if before.gold_sha256 != after.gold_sha256:
        yield f"The gold set differs: {one_line(before.gold)} before, {one_line(after.gold)} now."
    if comparison.left_out:
        yield f"Left out because only one of the runs has them: {count(comparison.left_out, 'question')}."


def _conditions(provenance: Provenance) -> dict[str, str]:
    return {
        "version": provenance.version,
        "index": provenance.index,
        "model": provenance.model,
        **dict(provenance.settings),
        "threshold": threshold_text(provenance.threshold),
    }


def _difference_row(difference: Difference) -> Row:
    unit = difference.unit
    cells = (
        number(difference.before, unit),
        number(difference.after, unit),
        change(difference.difference, unit),
        interval(difference.low, difference.high, unit, signed=True),
        chance(difference.p),
        "" if difference.verdict == "same" else difference.verdict,
    )
    return Row(difference.name, cells, _description(difference), DIFFERENCE_STYLES[difference.verdict])


def _show_flips(output: Screen, heading: str, flips: Sequence[Flip]) -> None:
    from rich.text import Text

    output.line()
    output.line(Text(f"{heading}: {len(flips):,}", style="bold"))
    for flip in flips[:MAX_FLIPS]:
        output.line(f"{one_line(flip.id)}  {one_line(flip.question)}", first=GAP, rest=GAP * 2)
    if len(flips) > MAX_FLIPS:
        output.line(f"and {len(flips) - MAX_FLIPS:,} more (--html has all)", first=GAP)
