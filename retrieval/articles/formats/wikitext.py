"""MediaWiki's markup -> HTML: mwparserfromhell finds links, templates and tables; lines and lists are read here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

_DEEPEST = 5
"""Templates within each other that are resolved."""
_LONGEST = 20_000
"""Characters of the longest text of a template: one may call others twice, and they others."""
_LEFT_OUT = frozenset(
    {"ref", "references", "gallery", "math", "timeline", "imagemap", "score", "templatestyles", "script"}
)
_LITERAL = frozenset({"syntaxhighlight", "source", "pre"})
_LISTS = {"*": ("ul", "li"), "#": ("ol", "li"), ":": ("dl", "dd"), ";": ("dl", "dt")}
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]+)?")
_MAGIC = re.compile(r"__[A-Z]+__")
_PREFIX = re.compile(r"(?P<marks>[*#:;]+)\s*(?P<rest>.*)", re.DOTALL)
_CODE = "\1"
_INDENTED = re.compile(r"\n (?=[^\n]*\S)")
"""What begins a line of code."""
_SIGNS = re.compile(r"[\0\1]")
_BLOCK = re.compile(r"\0(\d+)\0")
_NOT_INCLUDED = re.compile(r"<noinclude>.*?</noinclude>|</?includeonly>|</?onlyinclude>", re.DOTALL | re.IGNORECASE)


class Wikitext:
    """Reads the pages of one wiki."""

    def __init__(self, templates: Mapping[str, str], unseen: Iterable[str]) -> None:
        """Take the wiki's templates by their names, and the namespaces whose links are not seen: files, categories."""
        self._templates = {_name(name): text for name, text in templates.items()}
        self._unseen = {name.lower() for name in unseen}
        self._blocks: list[str] = []

    def html(self, text: str) -> str:
        """Return a page as HTML."""
        import mwparserfromhell

        self._blocks = []
        flat = self._inline(mwparserfromhell.parse(_SIGNS.sub("", text)).nodes, 0)
        return "".join(self._lines(_MAGIC.sub("", flat)))

    def _inline(self, nodes: Iterable[Any], depth: int) -> str:
        """Return nodes as HTML with the line ends of the markup; what is a block stands in it as a number."""
        return "".join(self._node(node, depth) for node in nodes)

    def _node(self, node: Any, depth: int) -> str:
        kind = type(node).__name__
        if kind == "Text":
            return escape(_INDENTED.sub(f"\n{_CODE}", str(node)), quote=False)
        if kind == "HTMLEntity":
            return escape(str(node.normalize()), quote=False)
        if kind == "Wikilink":
            return self._link(node, depth)
        if kind == "ExternalLink":
            return self._inline((node.title or node.url).nodes, depth)
        if kind == "Heading":
            level, title = min(max(node.level, 1), 6), self._inline(node.title.nodes, depth)
            return f"\n{self._block(f'<h{level}>{title.strip()}</h{level}>')}\n"
        if kind == "Template":
            return self._template(node, depth)
        if kind == "Argument":
            return self._inline(node.default.nodes, depth) if node.default is not None else ""
        return self._tag(node, depth) if kind == "Tag" else ""

    def _link(self, node: Any, depth: int) -> str:
        title = str(node.title).strip()
        space, colon, _ = title.partition(":")
        is_unseen = bool(colon) and (space.strip().lower() in self._unseen or _LANGUAGE.fullmatch(space) is not None)
        if is_unseen:
            return ""
        words = self._inline(node.text.nodes, depth) if node.text is not None else ""
        return words or escape(title.lstrip(":").replace("_", " "), quote=False)

    def _tag(self, node: Any, depth: int) -> str:
        name = str(node.tag).strip().lower()
        if name == "table":
            return f"\n{self._block(self._table(node, depth))}\n"
        if node.wiki_markup in _LISTS:
            return str(node.wiki_markup)
        if name in _LEFT_OUT:
            return ""
        contents = node.contents
        if name in _LITERAL:
            return f"\n{self._block(f'<pre>{escape(str(contents))}</pre>')}\n"
        if name == "nowiki":
            return escape(str(contents), quote=False)
        if name in {"br", "hr"}:
            return "<br>" if name == "br" else "\n\n"
        if name in {"s", "del", "strike"}:
            return f"<del>{self._inline(contents.nodes, depth)}</del>"
        return self._inline(contents.nodes, depth) if contents is not None else ""

    def _table(self, node: Any, depth: int) -> str:
        rows: list[list[str]] = [[]]
        for child in node.contents.nodes:
            name = str(getattr(child, "tag", ""))
            if name == "tr":
                rows.append([self._cell(cell, depth) for cell in child.contents.nodes if hasattr(cell, "tag")])
            elif name in {"td", "th"}:
                rows[0].append(self._cell(child, depth))
        return "<table>" + "".join(f"<tr>{''.join(row)}</tr>" for row in rows if row) + "</table>"

    def _cell(self, cell: Any, depth: int) -> str:
        name = "th" if str(cell.tag).strip() == "th" else "td"
        spans = [
            f' {str(attribute.name).strip()}="{str(attribute.value).strip()}"'
            for attribute in cell.attributes
            if str(attribute.name).strip() in {"colspan", "rowspan"} and str(attribute.value).strip().isdigit()
        ]
        inner = "".join(self._lines(self._inline(cell.contents.nodes, depth).strip(f" \n{_CODE}")))
        return f"<{name}{''.join(spans)}>{inner}</{name}>"

    def _template(self, node: Any, depth: int) -> str:
        """Return a template's text by its definition; where the wiki has none, its values."""
        import mwparserfromhell

        definition = self._templates.get(_name(str(node.name)))
        values = {str(value.name).strip(): str(value.value).strip() for value in node.params}
        if definition is not None:
            if depth >= _DEEPEST:
                return ""
            code = mwparserfromhell.parse(_NOT_INCLUDED.sub("", definition))
            for argument in code.filter_arguments():
                default = str(argument.default) if argument.default is not None else ""
                code.replace(argument, values.get(str(argument.name).strip(), default))
            text = str(code)
            return self._inline(mwparserfromhell.parse(text).nodes, depth + 1) if len(text) <= _LONGEST else ""
        if str(node.name).lstrip().startswith("#"):  # a function of the parser's
            return ""
        named = {name: value for name, value in values.items() if not name.isdigit()}
        texts = {
            name: self._inline(mwparserfromhell.parse(value).nodes, depth) for name, value in values.items() if value
        }
        if len(named) > 1:
            rows = "".join(
                f"<tr><th>{escape(name)}</th><td>{' '.join(texts[name].split())}</td></tr>"
                for name in named
                if texts.get(name, "").strip()
            )
            return f"\n{self._block(f'<table>{rows}</table>')}\n"
        plain = [value for name, value in texts.items() if name.isdigit()]
        return " ".join(plain[-1:] if _name(str(node.name)).startswith("lang") else plain)

    def _block(self, html: str) -> str:
        self._blocks.append(html)
        return f"\0{len(self._blocks) - 1}\0"

    def _lines(self, flat: str) -> Iterator[str]:
        """Yield the HTML of lines: paragraphs, lists, code that is indented by a space."""
        paragraph, code = list[str](), list[str]()
        lists = ""
        for line in [*flat.split("\n"), ""]:
            marks = match["marks"] if (match := _PREFIX.match(line)) else ""
            block = _BLOCK.fullmatch(line.strip())
            is_code = line.startswith(_CODE)
            if code and not is_code:
                yield f"<pre>{self._restored('<br>'.join(code))}</pre>"
                code = []
            if paragraph and (marks or block or is_code or not line.strip()):
                yield f"<p>{self._restored(' '.join(paragraph))}</p>"
                paragraph = []
            if lists or marks:
                yield _closed(lists, marks)
            lists = marks
            if match:
                yield self._item(marks, match["rest"])
            elif block:
                yield self._blocks[int(block[1])]
            elif is_code:
                code.append(line[1:])
            elif line.strip():
                paragraph.append(line.strip())

    def _item(self, marks: str, rest: str) -> str:
        tag = _LISTS[marks[-1]][1]
        term, colon, definition = rest.partition(" : ")
        if tag == "dt" and colon:
            return f"<dt>{self._restored(term)}</dt><dd>{self._restored(definition)}</dd><dt>"
        return f"<{tag}>{self._restored(rest)}"

    def _restored(self, line: str) -> str:
        return _BLOCK.sub(lambda number: self._blocks[int(number[1])], line)


def _closed(before: str, marks: str) -> str:
    """Return the tags that lead from an item with the marks `before` to one with `marks`."""
    common = 0
    while common < min(len(before), len(marks)) and _LISTS[before[common]][0] == _LISTS[marks[common]][0]:
        common += 1
    tags = [f"</{_LISTS[mark][1]}></{_LISTS[mark][0]}>" for mark in reversed(before[common:])]
    if common and common == len(marks):
        tags.append(f"</{_LISTS[before[common - 1]][1]}>")
    tags += _opened(marks, common)
    return "".join(tags)


def _opened(marks: str, common: int) -> Sequence[str]:
    tags = []
    for number, mark in enumerate(marks[common:], common):
        skipped = f"<{_LISTS[marks[number - 1]][1]}>" if number > common else ""
        tags.append(f"{skipped}<{_LISTS[mark][0]}>")
    return tags


def _name(name: str) -> str:
    """Return the name of a template as it is compared: without its namespace, case and underscores ignored."""
    return " ".join(name.rpartition(":")[2].replace("_", " ").split()).lower()
