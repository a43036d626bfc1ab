"""Files of questions: what is taken, and every fault told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.formats.question_file import QuestionLine, read_questions
from retrieval.errors import InputInvalid, QuestionsInvalid
from retrieval.records import Turn


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file to write questions to."""
    return tmp_path / "questions.jsonl"


def test_lines_become_questions(file: Path) -> None:
    file.write_bytes(
        b'\xef\xbb\xbf{"id": "a", "question": "Who?", "gold": [1], "history": null}\r\n\n   \n'
        b'{"question": "Wh\xc3\xa4t?", "id": 7, "history": ["Who?", "When?"]}'
    )
    assert read_questions(file, 100) == [
        QuestionLine("Who?", "a"),
        QuestionLine("Whät?", 7, (Turn("Who?"), Turn("When?"))),
    ]


def test_every_fault_is_told_with_its_line(file: Path) -> None:
    file.write_bytes(
        b"\n".join(
            (
                b'{"id": "a", "question": "Who?"}',
                b'{"id": "b", "question": "Who?"',
                b"[1]",
                b'{"question": "Who?"}',
                b'{"id": "d"}',
                b'{"id": true, "question": 5, "history": "x"}',
                b'{"id": "f", "question": "  "}',
                b'{"id": "g", "question": "?!"}',
                b'{"id": "h", "question": "Who is too long?"}',
                b'{"id": "i", "question": "caf\xe9"}',
            )
        )
    )
    with pytest.raises(QuestionsInvalid) as caught:
        read_questions(file, 12)
    assert str(caught.value).splitlines() == [
        f"{file} has 9 lines that cannot be asked, so nothing was asked:",
        """  line 2: it is not JSON (Expecting ',' delimiter); write one object per line, such as """
        """{"id": "1", "question": "Who signed the letter?"}.""",
        """  line 3: it is not an object; write one, such as {"id": "1", "question": "Who signed the letter?"}.""",
        """  line 4: "id" is missing; add one, so that the answer can be matched to the question.""",
        """  line 5: "question" is missing; add it, as a string.""",
        """  line 6: "id" is true or false; make it a string or a whole number.""",
        """  line 6: "question" is a number; make it a string.""",
        """  line 6: "history" is not a list of strings; list the earlier questions, or leave it out.""",
        """  line 7: "question" is empty; ask something, for example "Who signed the letter?".""",
        """  line 8: "question" has no word in it; ask with words, for example "Who signed the letter?".""",
        """  line 9: "question" has 16 characters, and 12 are allowed; ask something shorter, """
        """or raise max_question in the settings.""",
        """  line 10: it is not UTF-8 (byte 29); save the file as UTF-8.""",
    ]


def test_an_id_stands_on_one_line(file: Path) -> None:
    file.write_text('{"id": 7, "question": "Who?"}\n{"id": "7", "question": "When?"}\n')
    with pytest.raises(QuestionsInvalid, match='line 2: "id" 7 is that of a line above; give each line its own'):
        read_questions(file, 100)


@pytest.mark.parametrize("line", ["[" * 100_000, '{"id": ' + "9" * 10_000 + "}"])
def test_json_that_python_refuses_is_a_fault_of_its_line(file: Path, line: str) -> None:
    file.write_text(line)
    with pytest.raises(QuestionsInvalid, match="line 1: it is not JSON"):
        read_questions(file, 100)


def test_a_file_without_questions_is_refused(file: Path) -> None:
    file.write_text("\n \n")
    with pytest.raises(InputInvalid, match=f"{file} has no question: write one per line"):
        read_questions(file, 100)


def test_a_file_that_cannot_be_read_is_named(file: Path, tmp_path: Path) -> None:
    with pytest.raises(InputInvalid, match=f"The file {file} does not exist"):
        read_questions(file, 100)
    with pytest.raises(InputInvalid, match=f"The file {tmp_path} cannot be read"):
        read_questions(tmp_path, 100)
