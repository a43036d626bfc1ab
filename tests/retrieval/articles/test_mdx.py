"""MDX is read as MDX: components hold Markdown at any indent, and what is computed is nobody's words."""

from __future__ import annotations

import pytest

from retrieval.records import Kind
from tests.retrieval.articles.test_markdown import quoted, quotes

SHOWN = "The mill is open."
CODE = '```kotlin title="build"\nrun("mill")\n```'


def indented(text: str, spaces: int) -> str:
    return text.replace("\n", "\n" + " " * spaces)


@pytest.mark.parametrize("indent", [0, 2, 4, 8])
@pytest.mark.parametrize(
    ("opening", "context"),
    [
        ('<TabItem label="Gradle">', "Gradle."),
        ("<Tab title='Gradle' icon={<Icon />}>", "Gradle."),
        ('<Tab value="gradle">', "gradle."),
        ('<Panel\n  value="gradle"\n  title="Gradle"\n>', "Gradle."),
        ("<Steps>", ""),
        ("<Card href='x'>", ""),
        ("<>", ""),
        ('<div className="box">', ""),
    ],
)
def test_what_a_component_holds_is_markdown_at_any_indent(opening: str, context: str, indent: int) -> None:
    name = opening.removeprefix("<").partition(" ")[0].partition("\n")[0].rstrip(">")
    inside = f"\nAdd it\nto the file:\n{CODE}\n\n- It is red.\n- It is old."
    text = f"# Mill\n\n{opening}{indented(inside, indent)}\n</{name}>\n{SHOWN}\n"
    code = f"Add it\nto the file:\n{CODE}".replace("\n", "\n" + " " * indent)
    assert quoted(text, "a.mdx") == [
        (Kind.CODE, code, context),
        (Kind.ITEM, "It is red.", context),
        (Kind.ITEM, "It is old.", context),
        (Kind.PROSE, SHOWN, ""),
    ]


def test_titles_stand_within_each_other_and_around_sections() -> None:
    text = (
        "# Mill\n\n:::note[Wind]\n<Tabs>\n  <TabItem label='North'>\n    It turns.\n\n    ## Wheel\n\n    It is oak.\n"
        "  </TabItem>\n  <TabItem label='South'>\n    It rests.\n  </TabItem>\n</Tabs>\nIt is quiet.\n:::\n"
    )
    assert [(words, context) for _, words, context in quoted(text, "a.mdx")] == [
        ("It turns.", "Wind. North."),
        ("It is oak.", "Wind. North. Wheel."),
        ("It rests.", "Wind. Wheel. South."),
        ("It is quiet.", "Wind. Wheel."),
    ]


@pytest.mark.parametrize("path", ["a.md", "a.mdx"])
@pytest.mark.parametrize("opening", ["<details>\n<summary>Why?</summary>", "<details open><summary>Why?</summary>"])
def test_what_folds_out_stands_under_its_summary_to_its_end(opening: str, path: str) -> None:
    text = f"# Mill\n\n{opening}\n\nIt is old.\n\n```\nrun\n```\n\nIt is red.\n\n</details>\n\n{SHOWN}\n"
    assert [(words, context) for _, words, context in quoted(text, path)] == [
        ("It is old.", "Why?"),
        ("```\nrun\n```", "Why?"),
        ("It is red.", "Why?"),
        (SHOWN, ""),
    ]


def test_a_component_ends_the_paragraph_before_it() -> None:
    text = f"# Mill\n\nIt turns:\n<Video src={{mill}} />\nExample:\n<Tabs>\n<Tab>\n{SHOWN}\n</Tab>\n</Tabs>\n"
    assert quotes(text, "a.mdx") == ["It turns:", "Example:", SHOWN]


def test_a_component_on_one_line_has_a_title() -> None:
    text = f"# Mill\n\n<Fold title='Why?'>It is old. It is red.</Fold>\n\n{SHOWN}\n"
    assert [(words, context) for _, words, context in quoted(text, "a.mdx")] == [
        ("It is old.", "Why?"),
        ("It is red.", "Why?"),
        (SHOWN, ""),
    ]


def test_what_introduces_tabs_is_read_with_the_code_of_each() -> None:
    tab = "<TabItem label='X'>\n```\nx\n```\n</TabItem>\n"
    text = f"# Mill\n\nIt is old. Turn it:\n<Tabs>\n{tab}{tab.replace('X', 'Y')}</Tabs>\n\n{SHOWN}\n"
    assert [(words, context) for _, words, context in quoted(text, "a.mdx")] == [
        ("It is old.", ""),
        ("```\nx\n```", "X. Turn it:"),
        ("```\nx\n```", "Y. Turn it:"),
        (SHOWN, ""),
    ]


def test_an_item_is_nested_however_far_it_is_indented() -> None:
    text = "# Mill\n\n<FileTree>\n  - src\n        - oak.txt is a tree\n          - elm.txt\n</FileTree>\n"
    assert quoted(text, "a.mdx")[1:] == [
        (Kind.ITEM, "oak.txt is a tree", "src."),
        (Kind.ITEM, "elm.txt", "src. oak.txt is a tree."),
    ]


def test_html_that_says_what_its_words_are_is_read_as_html() -> None:
    table = "<table>\n  <tr>\n    <td>oak</td>\n    <td>old</td>\n  </tr>\n</table>"
    text = f"# Mill\n\n{table}\n\n<ul>\n  <li>It is red.</li>\n</ul>\n"
    assert [(kind, words) for kind, words, _ in quoted(text, "a.mdx")] == [
        (Kind.ROW, "<td>oak</td>\n    <td>old</td>"),
        (Kind.ITEM, "It is red."),
    ]


@pytest.mark.parametrize(
    "module",
    [
        "import Wheel from './wheel';",
        "import {\n  Wheel,\n\n  Roof,\n} from './mill';",
        "import './mill.css'\nimport * as mill from \"./mill\"",
        "export const wheel = { oak: 1,\n\n  elm: [2, '}'],\n};",
        "export default function Page({ children }) {\n  return <div hidden>\n\n    {children}\n</div>;\n}",
        "export const meta = () => (\n  <p>It is a page.</p>\n)",
        "{wheels.map((wheel) => (\n  <li hidden key={wheel.id}>It has {wheel.name}.</li>\n))}",
        "{/* It was sold. */}",
    ],
)
def test_what_is_computed_is_not_quoted(module: str) -> None:
    assert quotes(f"{module}\n\n# Mill\n\n{SHOWN}\n\n{module}\n\nIt is old.\n", "a.mdx") == [SHOWN, "It is old."]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It costs {price} crowns. It is old.", ["It is old."]),
        ("It is old. It costs {price}.", ["It is old."]),
        ("It costs {price}\n\nIt is old.", ["It is old."]),
        ("{mill} is red. It is old.", ["It is old."]),
        ("It is old. {mill} is red.", ["It is old."]),
        ("It is old. {note}", ["It is old."]),
        ("It is old: <Video src={mill} />", ["It is old:"]),
        ("It is old. <Badge text='new' />", ["It is old."]),
        ("It is <Badge text='new' /> old.", ["It is <Badge text='new' /> old."]),
        ("It is the <Name />", ["It is the <Name />"]),
        ("Type {'{'} first. It is old.", ["Type {'{'} first.", "It is old."]),
        ('It is [old](x).{" "}\nIt is red.', ["It is [old](x).", "It is red."]),
        ('The [mill](x){" "}\nis red.', ['The [mill](x){" "}\nis red.']),
        ("Type `{name}` or \\{name}.", ["Type `{name}` or \\{name}."]),
        ("```\n{name}\n```", ["```\n{name}\n```"]),
        ("| oak | {price} |\n|-|-|\n| elm | {price} |\n| fir | 5 kr |", ["fir | 5 kr"]),
        ("See [it](/{name}) here. It is old.", ["It is old."]),
        ("The area is $\\frac{a}{b}$ square metres.", ["The area is $\\frac{a}{b}$ square metres."]),
    ],
)
def test_a_sentence_that_an_expression_is_part_of_is_not_quoted(text: str, expected: list[str]) -> None:
    assert quotes(f"# Mill\n\n{text}\n\n{SHOWN}\n", "a.mdx") == [*expected, SHOWN]


def test_braces_in_markdown_are_text() -> None:
    assert quotes("# Mill\n\nThe set {a, b} is old.\n") == ["The set {a, b} is old."]
