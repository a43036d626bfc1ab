"""Documents that are packed: written out by hand, as small as their readers take them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
ODF = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table", "meta")
)


def packed(files: Mapping[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return stream.getvalue()


def added(data: bytes, files: Mapping[str, str]) -> bytes:
    """A packed document with more files."""
    stream = io.BytesIO(data)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return stream.getvalue()


def _paragraph(text: str, style: str = "", item: bool = False) -> str:
    properties = f'<w:pStyle w:val="{style}"/>' if style else ""
    properties += '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>' if item else ""
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def _cells(*texts: str, header: bool = False) -> str:
    cells = "".join(f"<w:tc>{_paragraph(text)}</w:tc>" for text in texts)
    return f"<w:tr><w:trPr>{'<w:tblHeader/>' if header else ''}</w:trPr>{cells}</w:tr>"


def word(text: str, cells: Sequence[str], item: str) -> str:
    """The body of a document of Word: a paragraph, a table of one row, a list of one item."""
    return _paragraph(text) + f"<w:tbl>{_cells(*cells)}</w:tbl>" + _paragraph(item, item=True)


def docx(body: str = "") -> bytes:
    table = f"<w:tbl>{_cells('Length', 'Fee', header=True)}{_cells('up to 8 m', '14 crowns')}</w:tbl>"
    body = body or "".join(
        [
            _paragraph("Mooring at Velmora", "Heading1"),
            _paragraph("The gate opens at nine and closes at dusk."),
            _paragraph("Fees", "Heading2"),
            table,
            _paragraph("Tie up at the east quay.", item=True),
            _paragraph("Pay at the harbour office.", item=True),
        ]
    )
    level = '<w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/><w:lvlText w:val="•"/></w:lvl>'
    types = "application/vnd.openxmlformats-officedocument.wordprocessingml"
    parts = {"document": "document.main", "numbering": "numbering", "styles": "styles"}
    overrides = "".join(
        f'<Override PartName="/word/{part}.xml" ContentType="{types}.{kind}+xml"/>' for part, kind in parts.items()
    )
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="Heading{n}"><w:name w:val="heading {n}"/></w:style>' for n in (1, 2)
    )
    return packed(
        {
            "[Content_Types].xml": f'{HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>',
            "_rels/.rels": f'{HEAD}<Relationships xmlns="{_RELATIONS}">'
            f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
            "word/_rels/document.xml.rels": f'{HEAD}<Relationships xmlns="{_RELATIONS}">'
            f'<Relationship Id="r1" Type="{_OFFICE}/numbering" Target="numbering.xml"/>'
            f'<Relationship Id="r2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
            "word/document.xml": f"{HEAD}<w:document {_WORD}><w:body>{body}</w:body></w:document>",
            "word/numbering.xml": f'{HEAD}<w:numbering {_WORD}><w:abstractNum w:abstractNumId="1">{level}'
            '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num></w:numbering>',
            "word/styles.xml": f"{HEAD}<w:styles {_WORD}>{styles}</w:styles>",
        }
    )


def odt(body: str = "", doctype: str = "") -> bytes:
    row = "<table:table-row>{}</table:table-row>"
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>"
    rows = [row.format("".join(map(cell.format, texts))) for texts in (("Length", "Fee"), ("up to 8 m", "14 crowns"))]
    item = "<text:list-item><text:p>{}</text:p></text:list-item>"
    body = body or (
        '<text:h text:outline-level="1">Mooring at Velmora</text:h>'
        "<text:p>The gate opens at nine and closes at dusk.</text:p>"
        '<text:h text:outline-level="2">Fees</text:h>'
        f"<table:table><table:table-header-rows>{rows[0]}</table:table-header-rows>{rows[1]}</table:table>"
        f"<text:list>{item.format('Tie up at the east quay.')}{item.format('Pay at the harbour office.')}</text:list>"
    )
    content = f"<office:document-content {ODF}><office:body><office:text>{body}</office:text></office:body>"
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"{HEAD}{doctype}{content}</office:document-content>",
            "styles.xml": f"{HEAD}<office:document-styles {ODF}><office:styles/></office:document-styles>",
        }
    )


def epub(chapters: Mapping[str, str] | None = None, more: str = "") -> bytes:
    chapters = chapters or {
        "one": "<h1>Mooring at Velmora</h1><p>The gate opens at nine and closes at dusk.</p>",
        "two": "<h1>Fees</h1><table><tr><th>Length</th><th>Fee</th></tr><tr><td>up to 8 m</td><td>14 crowns</td></tr>"
        "</table><ul><li>Tie up at the east quay.</li><li>Pay at the harbour office.</li></ul>",
    }
    items = "".join(f'<item id="{n}" href="{n}.xhtml" media-type="application/xhtml+xml"/>' for n in chapters)
    spine = "".join(f'<itemref idref="{n}"/>' for n in chapters)
    xhtml = f'{HEAD}<html xmlns="http://www.w3.org/1999/xhtml"><head><title>T</title></head><body>{{}}</body></html>'
    return packed(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": f'{HEAD}<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">'
            '<rootfiles><rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles>'
            "</container>",
            "book.opf": f'{HEAD}<package xmlns="http://www.idpf.org/2007/opf" version="3.0">'
            '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Harbour handbook</dc:title>'
            f"<dc:creator>Ilse Brandt</dc:creator><dc:date>2024-03-01</dc:date>{more}</metadata>"
            f"<manifest>{items}</manifest><spine>{spine}</spine></package>",
            **{f"{name}.xhtml": xhtml.format(body) for name, body in chapters.items()},
        }
    )
