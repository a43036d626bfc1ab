"""The data sets that quoth's models are trained on, and their licences, for model cards."""

from __future__ import annotations

from collections.abc import Mapping

from retrieval.training.answer_places import STRUCTURED

LICENCES = {
    "squad11": "CC BY-SA 4.0",
    "squad2-unans": "CC BY-SA 4.0",
    "squad-otherpara": "CC BY-SA 4.0",
    "squadshifts-newwiki": "CC BY 4.0",
    "medquad": "CC BY 4.0",
    "cuad": "CC BY 4.0",
    "qed-nq": "CC BY-SA 3.0",
    "nq-oracle": "MIT; NQ CC BY-SA 3.0",
    "tydiqa-en": "Apache-2.0",
    "qadiscourse": "CC BY 4.0",
    "qamr": "MIT; text CC BY 2.5",
    "fairytaleqa": "Apache-2.0",
    "dstc9-faq": "Apache-2.0",
    "dstc11-faq": "CDLA-Sharing-1.0",
    "tsqa": "BSD-3-Clause",
    "doc2dial": "CC BY 3.0",
    "tatqa-text": "CC BY 4.0",
}
UNKNOWN = "not known"
DERIVED = "structured questions, derived from the sets above or written by retrieval/training"


def data_sets(questions: Mapping[str, int]) -> list[tuple[str, int, str]]:
    """Return (set, questions, licence) from the number of questions of each set, the largest set first.

    The structured questions come last, as one set.
    """
    natural = [(name, count) for name, count in questions.items() if not name.startswith(STRUCTURED)]
    listed = [
        (name, count, LICENCES.get(name, UNKNOWN))
        for name, count in sorted(natural, key=lambda pair: (-pair[1], pair[0]))
    ]
    structured = sum(questions.values()) - sum(count for _, count in natural)
    return [*listed, (DERIVED, structured, "as the sets above")] if structured else listed
