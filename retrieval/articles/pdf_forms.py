"""A PDF's page -> the same page with what its forms draw in their places: the forms are parts that it draws by name."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from retrieval.articles.pdf_annotations import inherited, resolved
from retrieval.articles.pdf_lines import SHOWING, Operation, Pen, is_outside, product

if TYPE_CHECKING:
    from pypdf import PageObject

_KINDS = {b"Tf": "/Font", b"gs": "/ExtGState", b"Do": "/XObject"}
"""By the operators that name resources, their kind."""
_PLACING = frozenset({b"Td", b"TD", b"Tm", b"T*", b"'", b'"'})
_MOST_FORMS = 1000
_DEEPEST = 50
_MOST_OPERATIONS = 500_000
_LONGEST_STREAM = 2**26


@dataclass(slots=True)
class FlatPage:
    """A page without forms."""

    page: PageObject
    has_image: bool = False
    is_clipped: bool = False
    """Whether text was left out that stands outside the box of its form."""
    is_damaged: bool = False
    is_too_large: bool = False
    """Whether forms were left out that draw more than is read."""


@dataclass(frozen=True, slots=True)
class _Scope:
    """What the names of operations refer to."""

    resources: Mapping[str, Any]
    forms: tuple[int, ...] = ()
    """Identities of the forms that are being drawn: one that draws itself is not drawn again."""

    def entry(self, kind: str, name: Any) -> Any:
        """Return what a name refers to, if anything."""
        named = resolved(self.resources.get(kind))
        return resolved(named.get(name)) if isinstance(named, Mapping) else None


@dataclass(slots=True)
class _Drawing:
    flat: FlatPage
    operations: list[Operation] = field(default_factory=list)
    entries: dict[str, dict[int, tuple[str, Any]]] = field(default_factory=dict)
    """By kind and identity, the resources of forms and the names by which the page draws them."""
    parsed: dict[int, list[Operation]] = field(default_factory=dict)
    """The operations of forms, by their identity."""
    usual_font: Mapping[str, Any] | None = None
    count: int = 0
    """How many forms have been drawn."""
    followed: int = 0
    """How many operations these have, shown or not."""

    def draw(self, operations: Iterable[Operation], scope: _Scope) -> None:
        """Follow the operations of a page or of a form."""
        is_placed = True
        for operands, operator in operations:
            is_placed = (is_placed and operator != b"BT") or operator in _PLACING
            if not is_placed and operator in SHOWING:  # pypdf spaces only what is placed
                self.operations.append(([0.0, 0.0], b"Td"))
                is_placed = True
            kind = _KINDS.get(operator)
            if kind and not (operands and isinstance(operands[0], str)):
                continue
            entry = scope.entry(kind, operands[0]) if kind else None
            if operator == b"Do":
                if not isinstance(entry, Mapping):
                    self.flat.is_damaged = True
                    continue
                subtype = resolved(entry.get("/Subtype"))
                if subtype == "/Form":
                    self._draw_form(entry, scope)
                if subtype != "/Image":
                    continue
            self.flat.has_image |= operator in {b"Do", b"INLINE IMAGE"}
            is_missing = operator == b"Tf" and not isinstance(entry, Mapping)
            entry = self._usual_font() if is_missing else entry
            if kind and entry is not None and (scope.forms or is_missing):
                operands = [self._name(kind, operands[0], entry), *operands[1:]]
            self.operations.append((operands, operator))

    def _draw_form(self, form: Mapping[str, Any], scope: _Scope) -> None:
        if id(form) in scope.forms or self.flat.is_too_large:
            return
        operations = self._parse(form)
        self.count += 1
        self.followed += len(operations)
        if self.count > _MOST_FORMS or len(scope.forms) > _DEEPEST or self.followed > _MOST_OPERATIONS:
            self.flat.is_too_large = True
            return
        own = resolved(form.get("/Resources"))
        resources = own if isinstance(own, Mapping) else scope.resources
        shown = _within(operations, _numbers(form.get("/BBox")))
        self.flat.is_clipped |= len(shown) < len(operations)
        matrix = _numbers(form.get("/Matrix"))
        self.operations += [([], b"q"), (matrix, b"cm")] if len(matrix) == 6 else [([], b"q")]
        self.draw(_balanced(shown), _Scope(resources, (*scope.forms, id(form))))
        self.operations.append(([], b"Q"))

    def _parse(self, form: Mapping[str, Any]) -> list[Operation]:
        from pypdf.errors import DependencyError, LimitReachedError

        if id(form) not in self.parsed:
            self.parsed[id(form)] = []
            try:
                self.flat.is_damaged |= _is_cut(form)
                self.parsed[id(form)] = operations_of(form, self.flat.page)
            except (MemoryError, DependencyError):
                raise
            except LimitReachedError:
                self.flat.is_too_large = True
            except Exception:  # noqa: BLE001 - a damaged form may raise anything; it is named, and the page is read
                self.flat.is_damaged = True
        return self.parsed[id(form)]

    def _name(self, kind: str, name: str, entry: Any) -> str:
        """Return the name of what a form draws with, by which the page may draw with something else."""
        from pypdf.generic import NameObject

        entries = self.entries.setdefault(kind, {})
        own, _ = entries.setdefault(id(entry), (NameObject(f"{name}~{len(entries)}"), entry))
        return own

    def _usual_font(self) -> Mapping[str, Any]:
        """Return the font that viewers show text in whose own is missing."""
        from pypdf.generic import DictionaryObject, NameObject

        if self.usual_font is None:
            names = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": "/Helvetica"}
            self.usual_font = DictionaryObject({NameObject(key): NameObject(name) for key, name in names.items()})
        return self.usual_font


def flattened(page: PageObject) -> FlatPage:
    """Return a page without forms; raise what pypdf raises where its own contents cannot be read."""
    from pypdf import PageObject
    from pypdf.generic import ContentStream, DictionaryObject, NameObject

    flat = FlatPage(PageObject(page.pdf))
    for key in page:
        flat.page[NameObject(key)] = page.raw_get(key)
    contents = resolved(page.get("/Contents"))
    has_contents = isinstance(contents, (Mapping, list))
    flat.is_damaged = ("/Contents" in page and not has_contents) or any(
        map(_is_cut, map(resolved, contents if isinstance(contents, list) else [contents]))
    )
    resources = inherited(page, "/Resources")
    resources = resources if isinstance(resources, Mapping) else DictionaryObject()
    drawing = _Drawing(flat)
    drawing.draw(operations_of(contents, page) if has_contents else [], _Scope(resources))
    flat.page[NameObject("/Contents")] = stream = ContentStream(None, page.pdf, "bytes")
    stream.operations = drawing.operations
    flat.page[NameObject("/Resources")] = merged = DictionaryObject(resources)
    for kind, entries in drawing.entries.items():
        named = resolved(resources.get(kind))
        merged[NameObject(kind)] = DictionaryObject(named if isinstance(named, Mapping) else {})
        merged[kind].update(dict(entries.values()))  # type: ignore[attr-defined]
    return flat


def operations_of(contents: Any, page: PageObject) -> list[Operation]:
    """Return the operations of a page's contents, or of a form's."""
    from pypdf.generic import ContentStream

    if not isinstance(contents, ContentStream):
        contents = ContentStream(contents, page.pdf, "bytes")
    return list(contents.operations)


def _within(operations: Sequence[Operation], box: Sequence[float]) -> list[Operation]:
    """Return operations without those that show text outside the box of a form."""
    if len(box) != 4:
        return list(operations)
    (left, right), (bottom, top) = sorted(box[::2]), sorted(box[1::2])
    pen, shown = Pen(), list[Operation]()
    for operands, operator in operations:
        pen.move(operator, operands)
        is_text = operator in {*SHOWING, b"'", b'"'}
        if not is_text or not is_outside(product(pen.matrix, pen.page), pen.size, (left, bottom, right, top)):
            shown.append((operands, operator))
        elif operator not in SHOWING:
            shown.append(([], b"T*"))
    return shown


def _balanced(operations: Sequence[Operation]) -> Iterator[Operation]:
    """Yield operations that restore no state but what they have saved, and all of that; a text ends with them."""
    saved, is_text = 0, False
    for operands, operator in operations:
        if operator == b"Q" and not saved:
            continue
        saved += (operator == b"q") - (operator == b"Q")
        is_text = operator == b"BT" or (is_text and operator != b"ET")
        yield operands, operator
    if is_text:
        yield [], b"ET"
    yield from [([], b"Q")] * saved


def _numbers(entry: Any) -> list[float]:
    """Return the numbers of an array; none where it has anything else."""
    array = resolved(entry)
    numbers = [resolved(number) for number in array] if isinstance(array, list) else []
    return [float(number) for number in numbers] if all(isinstance(each, (int, float)) for each in numbers) else []


def _is_cut(stream: Any) -> bool:
    """Return whether the compressed data of a stream ends before its end, or is damaged within."""
    filters = resolved(stream.get("/Filter")) if isinstance(stream, Mapping) else None
    first = resolved(filters[0]) if isinstance(filters, list) and filters else filters
    raw = vars(stream).get("_data") if first in {"/FlateDecode", "/Fl"} else None
    if not isinstance(raw, bytes):
        return False
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)  # without the checksum behind the data, which some writers leave out
    try:
        inflater.decompress(raw.lstrip(b"\r\n")[2:], _LONGEST_STREAM)
    except zlib.error:
        return True
    return not inflater.eof and not inflater.unconsumed_tail
