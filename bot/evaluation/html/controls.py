"""What stands over the table of questions: its filters, and its heads that sort."""

from __future__ import annotations

from collections.abc import Sequence

from bot.evaluation.html.data import tags
from bot.evaluation.html.words import escape
from bot.evaluation.verdicts import VERDICTS
from retrieval.evaluation.records import Comparison, Outcome


def filters(outcomes: Sequence[Outcome], comparison: Comparison | None) -> str:
    """The filters over the table of questions."""
    by_tag = [(str(place), f"{tag} ({many:,})") for place, (tag, many) in enumerate(tags(outcomes))]
    controls = [
        '<div class="wide"><label for="filter-text">Search</label><input id="filter-text" type="search" '
        'autocomplete="off" spellcheck="false" placeholder="words of a question, an answer or an id"></div>',
        _choice("filter-tag", "Tag", by_tag),
        _choice("filter-verdict", "Outcome", [(one.key, one.label) for one in VERDICTS]),
    ]
    if comparison:
        changed = [("changed", "changed"), ("better", "better"), ("worse", "worse")]
        controls.append(_choice("filter-change", "Change", changed))
    return "\n".join(controls)


def _choice(name: str, label: str, options: Sequence[tuple[str, str]]) -> str:
    offered = "".join(f'<option value="{escape(value)}">{escape(shown)}</option>' for value, shown in options)
    chosen = f'<select id="{name}"><option value="">any</option>{offered}</select>'
    return f'<div><label for="{name}">{label}</label>{chosen}</div>'


def heads(comparison: Comparison | None) -> str:
    """The heads of the table of questions, each a button that sorts by it."""
    names = [
        *(("place", "#"), ("question", "Question"), ("tags", "Tags"), ("answerable", "Answerable")),
        *(("verdict", "Outcome"), ("rank", "Rank"), ("confidence", "Confidence"), ("ms", "ms")),
        *([("change", "Change")] if comparison else []),
    ]
    return "".join(
        f'<th role="columnheader" scope="col" class="{name}-head" aria-sort="none">'
        f'<button type="button" data-column="{name}">{label}</button></th>'
        for name, label in names
    )
