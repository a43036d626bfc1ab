"""Web pages: every visible word of a sentence is kept, and sentences that are left out are counted."""

from __future__ import annotations

import pytest

from retrieval.articles.converters import read_html
from retrieval.articles.formatting import reopened
from retrieval.articles.html_blocks import PageBlock, page_of
from retrieval.articles.sentences import segment
from retrieval.records import Article, Warn

DIGEST = "0" * 64
FIRST = "The council met on Monday to hear the case, and many people of the town came to listen."
LAST = "The mayor thanked everyone who had come, and closed the meeting before nine o'clock."
SENTENCE = "The man was {} guilty of the theft."
TAGS = (
    "a", "abbr", "acronym", "applet",
    "embed", "object", "option", "source", "track",
    "address", "article", "aside", "b", "bdi", "bdo", "big", "blink", "blockquote",
    "button", "center", "cite", "code", "data", "dd", "details", "dfn", "dialog", "dir", "div", "dl", "dt",
    "em", "fieldset", "figcaption", "figure", "font", "footer", "form", "h1", "h6", "header", "hgroup", "i", "ins",
    "kbd", "label", "legend", "li", "main", "map", "mark", "marquee", "math", "menu", "nav", "nobr", "ol", "output",
    "p", "picture", "pre", "q", "ruby", "samp", "search", "section", "slot", "small", "span",
    "strong", "sub", "summary", "sup", "svg", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt",
    "u", "ul", "var", "xmp", "x-note",
)  # fmt: skip
HIDDEN_TAGS = ("script", "style", "template", "noscript", "datalist", "audio")
CLASSES = (
    "meta", "author", "byline", "share", "related", "caption", "banner", "social", "sidebar", "comment", "comments",
    "footer", "nav", "menu", "widget", "promo", "ad", "advert", "breadcrumb", "newsletter", "tags", "date", "time",
    "hidden", "print", "popup", "modal", "cookie", "consent", "share-price", "title", "credit",
)  # fmt: skip


def article_of(body: str) -> tuple[Article, list[Warn]]:
    page = (
        f"<html><head><title>T</title></head><body><article><p>{FIRST}</p>{body}<p>{LAST}</p></article></body></html>"
    )
    (article,), warns = read_html(page.encode(), "a.html", DIGEST)
    return article, warns


def quotes(article: Article) -> list[str]:
    return [" ".join(article.text[each.start : each.end].split()) for each in segment(article)]


INSIDE = [
    *(f"<{tag}>{{}}</{tag}>" for tag in TAGS if tag != "dialog"),
    "<dialog open>{}</dialog>",
    *(f'<span class="{name}">{{}}</span>' for name in CLASSES),
    *(f'<span id="{name}">{{}}</span>' for name in CLASSES),
    *(f'<div class="{name}">{{}}</div>' for name in CLASSES),
    '<span role="navigation">{}</span>', '<span aria-hidden="true">{}</span>', '<span itemprop="author">{}</span>',
    '<a rel="author">{}</a>', '<a href="#x">{}</a>', "<span style='color:red'>{}</span>", "<ul><li>{}</li></ul>",
    "<table><tr><td>{}</td></tr></table>", "<div style='display:inline'>{}</div>",
]  # fmt: skip


@pytest.mark.parametrize("word", ["not", "NOT", "not, said Ada,"])
@pytest.mark.parametrize("around", ["p", "div", "li", "td", "section", "h2", "dd", "blockquote"])
def test_no_quote_lacks_a_word_of_its_sentence(around: str, word: str) -> None:
    sentences = [
        SENTENCE.format(inside.format(word)).replace("theft", f"{number}") for number, inside in enumerate(INSIDE)
    ]
    article, _ = article_of(
        "".join(f"<{around}>{each} He went home at the {number}.</{around}>" for number, each in enumerate(sentences))
    )
    texts = quotes(article)
    for number, sentence in enumerate(sentences):
        parts = [text for text in texts if f"guilty of the {number}." in text]
        assert all(word in text for text in parts), (sentence, parts)
        assert any(f"He went home at the {number}." in text for text in texts), (sentence, texts)


@pytest.mark.parametrize(
    "inside", [each for each in INSIDE if each.startswith(("<span", "<a", "<b>", "<label", "<time"))]
)
def test_a_sentence_runs_through_inline_elements(inside: str) -> None:
    article, warns = article_of(f"<p>{SENTENCE.format(inside.format('not'))}</p>")
    assert SENTENCE.format("not") in quotes(article)
    assert warns == []


@pytest.mark.parametrize("tag", HIDDEN_TAGS)
def test_what_a_browser_hides_is_no_text(tag: str) -> None:
    article, warns = article_of(f"<p>The man was <{tag}>not</{tag}>guilty of the theft.</p>")
    assert "The man was guilty of the theft." in quotes(article)
    assert warns == []


@pytest.mark.parametrize(
    "hidden",
    [
        "<p hidden>{}</p>", "<div hidden='until-found'><p>{}</p></div>", "<p style='display:none'>{}</p>",
    "<!-- {} -->",
        "<p style='display:none!important;display:block'>{}</p>", "<p style='display:/*x*/none'>{}</p>",
        "<p style='/*;*/display:none/*'>{}</p>", "<p style='display:none;display:bogus'>{}</p>",
        "<p style='displ\\61y:none'>{}</p>", "<p style='content:\";\";display:none'>{}</p>",
        "<p style='background:url(data:a;b);display:none'>{}</p>", "<p style='content-visibility:hidden'>{}</p>",
        "<p hidden='until-found' style='display:block'>{}</p>", "<p hidden style='color:red'>{}</p>",
        "<div style='visibility:hidden'><p style='color:red'>{}</p></div>",
        "<div style='visibility:hidden'><p style='visibility:inherit'>{}</p></div>",
        "<p style='visibility:visible;visibility:hidden'>{}</p>", "<p style='visibility:collapse'>{}</p>",
        "<p style='visibility:hidden!important;visibility:visible'>{}</p>",
        "<p style='color:red; DISPLAY : none !important'>{}</p>", "<p style='visibility:hidden'>{}</p>",
        "<p popover>{}</p>", "<div popover=manual><p>{}</p></div>", "<p popover=hint open>{}</p>",
        "<dialog popover><p>{}</p></dialog>",
        "<dialog><p>{}</p></dialog>", "<svg><title>{}</title></svg>", "<input value='{}'>", "<img alt='{}'>",
    ],
)  # fmt: skip
def test_hidden_sentences_are_no_text(hidden: str) -> None:
    article, warns = article_of(hidden.format("The treasure lies under the eastern pier."))
    assert "treasure" not in article.text
    assert warns == []


@pytest.mark.parametrize(
    "seen",
    [
        "<div style='visibility:hidden'><p style='visibility:visible'>{}</p></div>",
        "<p style='visibility:hidden'><b style='visibility:visible'>{}</b></p>",
        "<p style='visibility:hidden;visibility:visible'>{}</p>", "<p hidden style='display:block'>{}</p>",
        "<p style='display:none;display:block'>{}</p>", "<p style='display:block!important;display:none'>{}</p>",
        "<p style='/*display:none*/'>{}</p>", "<p style='content:\"display:none;display:none;\"'>{}</p>",
        "<p style='display:no ne'>{}</p>", "<dialog style='display:block'>{}</dialog>",
        "<p popover style='display:block'>{}</p>", "<dialog popover open>{}</dialog>",
        "<p style='backface-visibility:hidden'>{}</p>", "<p style='--display:none'>{}</p>",
    ],
)  # fmt: skip
def test_what_a_style_shows_is_text(seen: str) -> None:
    sentence = "The treasure lies under the eastern pier."
    article, warns = article_of(seen.format(sentence))
    assert sentence in quotes(article)
    assert warns == []


def test_invisible_text_takes_up_space() -> None:
    assert [block.text for block in laid_out("10<b style='visibility:hidden'>1</b>5")] == ["10 5"]


PLACES = (
    "<details>{}</details>", "<details><summary>More</summary>{}</details>", "<figcaption>{}</figcaption>",
    "<figure><img src=a><figcaption>{}</figcaption></figure>", "<header><p>{}</p></header>", "<form><p>{}</p></form>",
    "<form>{}</form>", "<label>{}</label>", "<dialog open>{}</dialog>", "<xmp>{}</xmp>", "<li>{}</li>",
    "<p class='share-price'>{}</p>", "<div class='headline'>{}</div>", "<div class='related'><p>{}</p></div>",
    "<p class='author'>{}</p>", "<aside><p>{}</p></aside>", "<footer><p>{}</p></footer>", "<nav><p>{}</p></nav>",
    "<div class='sidebar'><p>{}</p></div>", "<center>{}</center>", "<p><a href='/x'>{}</a></p>",
    "<fieldset>{}</fieldset>",
    "<table><tr><td>" * 300 + "{}" + "</td></tr></table>" * 300, "<div>" * 500 + "{}" + "</div>" * 500, "<dd>{}</dd>",
    "<button>{}</button>", "<output>{}</output>", "<marquee>{}</marquee>", "<caption>{}</caption>", "<td>{}</td>",
    "<pre>{}</pre>", "<math><mtext>{}</mtext></math>", "<object>x</object>{}", "<h2>{}</h2>", "<address>{}</address>",
)  # fmt: skip
SIGHT = "The ferry to Skerrin leaves at nine every morning in summer."


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place[:30])
def test_a_visible_sentence_is_quoted_or_counted(place: str) -> None:
    for page in (
        f"<html><body><article><p>{FIRST}</p>{place}<p>{LAST}</p></article></body></html>",
        f"<html><body><article><p>{FIRST}</p><p>{LAST}</p></article>{place}</body></html>",
        f"<html><body>{place}<p>{FIRST}</p><p>{LAST}</p></body></html>",
        f"<html><body><main><p>{FIRST}</p><p>{LAST}</p></main></body></html>{place}",
        f"<html><body>{place}</body></html>",
    ):
        (article,), warns = read_html(page.format(SIGHT).encode(), "a.html", DIGEST)
        reasons = [warn.reason for warn in warns if not warn.skipped]
        counted = reasons == ["has 11 words outside its main text, which are left out"]
        assert counted != (SIGHT in article.text), page[:300]


def test_page_furniture_is_left_out_as_a_whole() -> None:
    links = "".join(f"<li><a href='/{name}'>{name}</a></li>" for name in ("Home", "News", "Sport", "Weather"))
    page = f"""<html><body><header><a href="/">The Harbour</a></header><nav><ul>{links}</ul></nav>
<div class="menu"><ul>{links}</ul></div>
<div class="page"><h1>A case is heard</h1><p>{FIRST}</p><ul>{links}</ul><p>{LAST}</p></div>
<div id="cookie-bar"><p>We use cookies to make this page better.</p></div>
<footer><p>Imprint</p></footer></body></html>"""
    (article,), warns = read_html(page.encode(), "a.html", DIGEST)
    assert (article.text, warns) == (f"A case is heard\n\n{FIRST}\n\n{LAST}", [])


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("<p>a  <b> b</b>\n\tc</p>d", ["a b c", "d"]),
        ("<p>a<br>b<br/> c <br><br>d</p>", ["a\nb\nc", "d"]),
        ("<pre>\n a\n\n  b </pre>", [" a\n\n  b "]),
        ("a&nbsp;b&#8232;c", ["a\u00a0b c"]),
        ("<ul><li>a<ul><li>b</ul></ul>", ["a", "b"]),
        ("<table><tr><th>a</th><th>b<br>c</th></tr><tr><td><p>d</p><p>e</p></td><td>f</td></tr></table>",
         ["a | b c", "d", "e", "f"]),
        ("a<span hidden>b</span>c<div hidden>d</div>e", ["ace"]),
        ("<span style='display:block'>a</span>b<div style='display:inline'>c</div>", ["a", "bc"]),
        ("a<hr>b<img>c<wbr>d", ["a", "bcd"]),
    ],
)  # fmt: skip
def test_text_is_laid_out_as_in_a_browser(body: str, texts: list[str]) -> None:
    assert [block.text for block in laid_out(body)] == texts


def laid_out(body: str) -> list[PageBlock]:
    from lxml.html import document_fromstring

    return list(page_of(document_fromstring(f"<html><body>{body}</body></html>")).blocks)


def test_a_line_break_within_a_sentence_ends_no_quote() -> None:
    article, _ = article_of(
        "<p>The court said after four weeks of hearings in Leeds that the man was<br>NOT guilty of it.</p>"
    )
    assert "The court said after four weeks of hearings in Leeds that the man was NOT guilty of it." in quotes(article)


def test_a_page_without_an_article_gives_its_visible_text() -> None:
    (article,), warns = read_html(b"<nav><a href=/a>The list of all ships</a></nav>", "a.html", DIGEST)
    assert (article.text, warns) == ("The list of all ships", [])


def test_a_short_sentence_of_a_list_is_quoted() -> None:
    article, _ = article_of("<dl><dt>ws</dt><dd>It is white.</dd></dl>")
    assert "It is white." in quotes(article)


@pytest.mark.parametrize(
    ("opening", "second", "numbers"),
    [
        ("<ol>", "<li>", ["1.", "2.", "3."]),
        ("<ol start=3>", "<li>", ["3.", "4.", "5."]),
        ("<ol start=' -1 '>", "<li>", ["-1.", "0.", "1."]),
        ("<ol start=x>", "<li value=7>", ["1.", "7.", "8."]),
        ("<ol reversed>", "<li>", ["3.", "2.", "1."]),
        ("<ol type=a>", "<li>", ["a.", "b.", "c."]),
        ("<ol type=A start=26>", "<li>", ["Z.", "27.", "28."]),
        ("<ol>", "<li hidden>Nobody sees this step of the list.<li>", ["1.", "2.", "3."]),
    ],
)
def test_a_step_has_the_number_that_its_page_shows(opening: str, second: str, numbers: list[str]) -> None:
    steps = ["Bring the boat alongside slowly.", "Throw the bow line to a friend.", "Wait."]
    article, _ = article_of(f"<p>Do this to moor.</p>{opening}<li>{steps[0]}{second}{steps[1]}<li>{steps[2]}</ol>")
    assert article.text.split("\n\n")[2:-1] == [f"{number} {step}" for number, step in zip(numbers, steps, strict=True)]
    assert quotes(article)[2:-1] == steps
    leads = [article.text[each.lead : each.start] for each in segment(article)[2:-1]]
    assert leads == [f"{number} " for number in numbers]


def test_items_and_the_lists_within_steps_keep_their_marks() -> None:
    article, _ = article_of(
        "<ol><li>Open the door of the shed.<ul><li>Use the old iron key.</ul><li>Take the long ladder out.</ol>"
    )
    assert article.text.split("\n\n")[1:-1] == [
        "1. Open the door of the shed.", "- Use the old iron key.", "2. Take the long ladder out.",
    ]  # fmt: skip


def test_a_heading_that_links_to_itself_is_no_menu() -> None:
    headings = "".join(f"<h4><a href='#{n}'>The error {n} is no longer emitted by it.</a></h4>" for n in range(3))
    article, warns = article_of(headings)
    assert "The error 2 is no longer emitted by it." in quotes(article)
    assert warns == []


LETTER = "The café in Łódź was naïve, said Zoë, and the mayor’s piñata was not full of jalapeños."


def read(page: bytes) -> tuple[str, list[str]]:
    (article,), warns = read_html(page, "a.html", DIGEST)
    assert all(not warn.skipped for warn in warns)
    return article.text, [warn.reason for warn in warns]


@pytest.mark.parametrize(
    "head", ["<meta charset=utf-8>", "<meta http-equiv=Content-Type content='text/html; charset=UTF-8'>", "\ufeff", ""]
)
@pytest.mark.parametrize(("bad", "reason"), [(b"\xff", "a byte that is"), (b"\xff\xfe", "2 bytes that are")])
def test_a_page_with_a_bad_byte_stays_utf_8(head: str, bad: bytes, reason: str) -> None:
    page = f"{head}<body><p>{LETTER}</p><p>{FIRST} A {{}} B</p>".encode().replace(b"{}", bad + b" x")
    text, reasons = read(page)
    assert LETTER in text
    assert "A \ufffd" in text
    assert reasons == [f"has {reason} not UTF-8"]


def test_an_english_page_with_a_bad_byte_gets_no_other_letter() -> None:
    text, reasons = read(f"<meta charset='utf-8'><p>{FIRST}</p><p>The caf".encode() + b"\xe9 was open.</p>")
    assert "The caf\ufffd was open." in text
    assert reasons == ["has a byte that is not UTF-8"]


@pytest.mark.parametrize(
    ("label", "codec"), [("windows-1251", "cp1251"), ("iso-8859-1", "cp1252"), ("koi8-r", "koi8_r"), ("Big5", "big5")]
)
def test_a_page_is_read_in_the_encoding_it_declares(label: str, codec: str) -> None:
    letters = {"cp1252": "naïve “Zoë”", "big5": "漢字"}.get(codec, "Мост открыт")
    text, reasons = read(f"<meta charset={label}><p>{FIRST}</p><p>{letters} x.</p>".encode(codec))
    assert f"{letters} x." in text
    assert reasons == []


def test_a_guess_at_an_encoding_is_reported() -> None:
    sentence = "Мост был открыт в мае, и много людей пришло посмотреть на него в тот день."
    text, reasons = read(f"<p>{sentence}</p>".encode("cp1251"))
    assert sentence in text
    assert reasons == ["is not UTF-8: read as cp1251"]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("10<sup>6</sup> cells", "10⁶ cells"), ("10<sup>-3</sup> m<sup>2</sup>", "10⁻³ m²"),
        ("10<sup>−3</sup>", "10⁻³"), ("10<sup>1.5</sup>", "10^1.5"), ("2<sup>10 000</sup>", "2^(10 000)"),
        ("10 <sup>6</sup>", "10 ⁶"), ("10<sup> 6 </sup>cells", "10⁶ cells"), ("2<sup>n</sup>", "2ⁿ"),
        ("2<sup>N</sup>", "2^N"), ("2<sup>2<sup>3</sup></sup>", "2^(2³)"), ("<sup>14</sup>C", "¹⁴C"),
        ("in 2008<sup>3</sup>.", "in 2008³."), ("in 2008<sup><a href='#n3'>3</a></sup>.", "in 2008[3]."),
        ("in 2008<a href='#n3'><sup>3</sup></a>.", "in 2008[3]."), ("in 2008<sup>[3]</sup>.", "in 2008[3]."),
        ("in 2008<sup>(3)</sup>.", "in 2008 (3)."), ("He left.<sup>3</sup> She", "He left.[3] She"),
        ("in 2008<sup>3,4</sup>", "in 2008^3,4"), ("in 2008<sup>note 3</sup>", "in 2008 (note 3)"),
        ("the 21<sup>st</sup> of May", "the 21st of May"), ("M<sup>c</sup>Donald", "McDonald"),
        ("H<sub>2</sub>O", "H₂O"), ("101<sub>2</sub>", "101₂"), ("5<sub>max</sub>", "5ₘₐₓ"), ("5<sub>Q</sub>", "5_Q"),
        ("x<sub>n+1</sub>", "xₙ₊₁"), ("1<sup>1</sup>/<sub>2</sub> cups", "1 1/2 cups"),
        ("<sup>1</sup>&frasl;<sub>2</sub>", "1/2"), ("10<span style='vertical-align:super'>6</span>", "10⁶"),
        ("10<span style='vertical-align:0.5em'>6</span>", "10⁶"), ("10<span style='vertical-align:0'>6</span>", "106"),
        ("10<span style='vertical-align:-2px'>6</span>", "10₆"),
        ("10<span style='position:relative;top:-.4em;font-size:70%'>6</span>", "10⁶"),
        ("10<span style='position:relative;bottom:.5em'>6</span>", "10⁶"),
        ("10<span style='position:relative;top:1px'>6</span>", "106"),
        ("10<span style='position:absolute;top:0'>6</span>", "10 6"),
        ("10<span style='display:inline-block;transform:translateY(-.4em)'>6</span>", "10⁶"),
        ("10<span style='float:right'>6</span>", "10 6"),
        ("<span style='float:left'>T</span>he mill", "The mill"),
        ("H<span style='font-variant-position:sub'>2</span>O", "H₂O"),
        ("H<span style='position:relative;top:.2em;font-size:.7em'>2</span>O", "H₂O"),
        ("<style>.e{position:relative;top:-.5em}</style>10<span class=e>6</span>", "10⁶"),
        ("<style>.e{vertical-align:super}</style>10<span class=e>6</span>", "10⁶"),
        ("<style>.e{vertical-align:35%}.e{vertical-align:0}</style>10<span class=e>6</span>", "106"),
        ("<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>", "1/2"),
        ("3<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>5", "3 1/2 5"),
        ("<math><mfrac><mrow><mi>a</mi><mo>+</mo><mn>1</mn></mrow><mn>2</mn></mfrac></math>", "(a+1)/2"),
        ("<math><mfrac linethickness=0><mn>5</mn><mn>2</mn></mfrac></math>", "5 2"),
        ("<math><msup><mn>10</mn><mn>6</mn></msup></math>", "10⁶"),
        ("<math><msup><mfrac><mn>1</mn><mn>2</mn></mfrac><mn>6</mn></msup></math>", "(1/2)⁶"),
        ("<math><msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup></math>", "x₁²"),
        ("<math><munderover><mo>∑</mo><mn>1</mn><mn>10</mn></munderover></math>", "∑₁¹⁰"),
        ("<math><msqrt><mn>2</mn></msqrt></math>", "√2"),
        ("<math><mroot><mn>8</mn><mn>3</mn></mroot></math>", "8^(1/3)"),
        ("<math><mtable><mtr><mtd>1</mtd><mtd>2</mtd></mtr><mtr><mtd>3</mtd></mtr></mtable></math>", "1 2 3"),
        ("<math><mn>3</mn><mspace width='1em'/><mn>4</mn></math>", "3 4"),
        ("<b style='display:inline-block'>3</b><b style='display:inline-block'>4</b>5", "3 4 5"),
        ("3<b style='display:inline-table'>4</b>", "3 4"), ("<button>3</button><button>4</button>", "3 4"),
        ("<b style='display:inline-flex'>not</b><b>able</b>", "not able"),
        ("<div style='display:flex'><b>3</b><b>4</b></div>", "3 4"),
        ("<b style='display:inline-block'>T</b>he ferry", "The ferry"), ("<ruby>5<rt>3</rt></ruby>", "5(3)"),
    ],
)  # fmt: skip
def test_a_number_stays_what_it_is(body: str, text: str) -> None:
    assert [block.text for block in laid_out(body)] == [text]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("2<sup>(n&minus;1)</sup>", "2^(n−1)"), ("O(n<sup>k</sup>)", "O(nᵏ)"), ("x<sup>y/z</sup>", "x^(y/z)"),
        ("n<sup>log n</sup>", "n^(log n)"), ("e<sup>i&pi;</sup>", "e^(iπ)"), ("10<sup>(6)</sup>", "10^(6)"),
        ("x<sup>(k)</sup>", "x^(k)"), ("(a+b)<sup>n</sup>", "(a+b)ⁿ"), ("|x|<sup>k</sup>", "|x|ᵏ"),
        ("R<sup>n&times;m</sup>", "R^(n×m)"),
        ("<i>e</i><sup><i>ax</i></sup>", "eᵃˣ"), ("x<sup>n</sup>y<sup>m</sup>", "xⁿyᵐ"), ("A<sup>T</sup>B", "A^T B"),
        ("C<sup>&infin;</sup>", "C^∞"), ("sin<sup>k</sup> x", "sinᵏ x"), ("ab<sup>y/z</sup>", "ab^(y/z)"),
        ("x<sub>i+1</sub>", "xᵢ₊₁"), ("x<sub>Q+1</sub>", "x_(Q+1)"), ("x<sub>i</sub>", "xᵢ"),
        ("A<sub>i,j</sub>", "A_(i,j)"),
        ("k<sub>B</sub>T", "k_B T"), ("log<sub>b</sub> x", "log_b x"), ("C<sub>6</sub>H<sub>12</sub>", "C₆H₁₂"),
        ("<math><msup><mi>n</mi><mi>k</mi></msup></math>", "nᵏ"),
        ("<math><munder><mi>lim</mi><mrow><mi>n</mi><mo>→</mo><mi>∞</mi></mrow></munder></math>", "lim_(n→∞)"),
    ],
)  # fmt: skip
def test_an_exponent_or_an_index_stands_apart_from_its_base(body: str, text: str) -> None:
    assert [block.text for block in laid_out(body)] == [text]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("M<sup>lle</sup> Roe", "Mlle Roe"), ("XX<sup>e</sup> siècle", "XXe siècle"),
        ("V<sup>e</sup> siècle", "Ve siècle"),
        ("n<sup>o</sup> 5", "no 5"), ("N<sup>os</sup> 5", "Nos 5"), ("D<sup>r</sup> Roe", "Dr Roe"),
        ("n<sup>th</sup>", "nth"),
        ("1<sup>er</sup>", "1er"), ("C<sup>ie</sup>", "Cie"), ("W<sup>m</sup> Roe", "Wm Roe"),
        ("Roe<sup>a,b</sup>", "Roea,b"),
        ("Roe<sup>(a)</sup>", "Roe (a)"), ("Roe<sup>*</sup>", "Roe*"), ("$1,234<sup>(1)</sup>", "$1,234 (1)"),
        ("x<sup><a href='#a'>a</a></sup>", "x[a]"), ("don't<sup>a</sup>", "don'ta"), ("Ada<sup>TM</sup>", "AdaTM"),
        ("y<sup>note 3</sup>", "y (note 3)"),
    ],
)  # fmt: skip
def test_what_is_raised_but_no_exponent_stays_on_its_line(body: str, text: str) -> None:
    assert [block.text for block in laid_out(body)] == [text]


@pytest.mark.parametrize(
    "inside",
    [
        "<del>{}</del>", "<s>{}</s>", "<strike>{}</strike>", "<del><p>{}</p></del>", "<s><b>{}</b></s>",
        "<del>{}</del><s>{}</s>", "<span style='text-decoration:line-through'>{}</span>",
        "<span style='text-decoration-line: underline line-through'>{}</span>",
    ],
)  # fmt: skip
@pytest.mark.parametrize("around", ["p", "div", "li", "td", "h2"])
def test_struck_text_is_not_quoted(inside: str, around: str) -> None:
    struck = inside.replace("{}", "never")
    article, _ = article_of(f"<{around}>{SENTENCE.format(struck)} He went home at nine.</{around}>")
    texts = quotes(article)
    assert "never" not in article.text
    assert any("He went home at nine." in text for text in texts)
    assert all("was […] guilty" in text for text in texts if "guilty" in text)


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("Roe was <s>acquitted</s> <ins>jailed</ins>.", ["Roe was […] jailed."]),
        ("was<del> not</del> guilty", ["was […] guilty"]), ("<p><s>Roe lied.</s></p><p>b</p>", ["b"]),
        ("<del><p>a</p><p>b</p></del><ins>c</ins>", ["c"]), ("<s>a <b>b</b> c</s> d", ["[…] d"]),
        ("1<s>0</s>5", ["1[…]5"]), ("<ul><li><s>a</s><li>b</ul>", ["b"]),
        ("He said <q>It is <q>so</q>.</q> twice", ["He said “It is ‘so’.” twice"]),
        ("<q> a</q>b", ["“ a”b"]), ("<q></q>b<q hidden>c</q>", ["b"]), ("<q><p>a</p></q>b", ["“a”", "b"]),
        ("<q style='visibility:hidden'>a</q>b", ["b"]),
    ],
)  # fmt: skip
def test_struck_text_and_quotations_have_marks(body: str, texts: list[str]) -> None:
    assert [block.text for block in laid_out(body)] == texts


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("<s><p>a</p></s>b", ["b"]), ("<p><s>a</p><p>b</s> c</p>", ["[…] c"]), ("<b hidden><p>a</p></b>b", ["b"]),
        ("<div><strike>a<p>b</strike> c</p></div>", ["[…] c"]), ("<s><ul><li>a<li>b</ul></s>c", ["c"]),
        ("<p><s>a</p></s>b", ["b"]), ("<s><table><tr><td>a<td>b</table></s>c", ["c"]),
        ("<table><tr><td><s>a<td>b</table>c", ["b", "c"]), ("<p><del>a</p><p>b</del></p>", ["b"]),
        ("<b><span hidden><p>a</p></span>b</b>", ["b"]), ("<p><i>a <b>b</i> c</b></p>", ["a b c"]),
    ],
)  # fmt: skip
def test_formatting_goes_on_behind_its_paragraph_as_in_a_browser(body: str, texts: list[str]) -> None:
    assert [block.text for block in laid_out(reopened(body))] == texts


def test_a_page_with_more_formatting_than_a_browser_keeps_ends() -> None:
    body = "<b>" * 50_000 + "<p>a" * 50_000
    assert len(reopened(body)) < 20 * len(body)


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("Set it to <select><option>17<option>18</select> minutes.", ["Set it to […] minutes."]),
        ("On <input value=Main> street, <textarea>not</textarea> here.", ["On […] street, […] here."]),
        ("Press <input type=submit value=Go>, or <input type=image alt=Stop>.", ["Press […], or Stop."]),
        ("A <canvas>1</canvas> b <video>2</video> c <iframe>3</iframe>.", ["A […] b […] c […]."]),
        ("A <object data=a>1</object> b <meter>2</meter> c <audio controls></audio>.", ["A […] b […] c […]."]),
        ("Press <button>Go</button> or <button><img alt=Stop></button> now.", ["Press Go or Stop now."]),
        ("Press <svg aria-label=Stop><path/></svg> or <svg><text>Go</text></svg>.", ["Press […] or Go."]),
        ("Press <svg><title>Stop</title></svg> now <svg><path/></svg> or never.", ["Press […] now or never."]),
        ("<input>crowns a year", ["[…]crowns a year"]), ("<p><select><option>1</select></p><p>b</p>", ["b"]),
        ("Name <input>", ["Name"]), ("Name:<br><input> Now", ["Name:\nNow"]),
        ("Tick <input type=checkbox> it", ["Tick it"]),
        ("To <select hidden></select> or <input type=hidden value=1> b", ["To or b"]),
        ("To <select style='visibility:hidden'></select> or <i style='opacity:0'><input></i> b", ["To or b"]),
        ("Between <input> <input> the ferry", ["Between […] the ferry"]),
        ("To <s><select></select></s> b", ["To […] b"]), ("To <s>a <input></s> b", ["To […] b"]),
    ],
)  # fmt: skip
def test_a_control_or_a_frame_within_a_sentence_leaves_a_mark(body: str, texts: list[str]) -> None:
    assert [block.text for block in laid_out(body)] == texts


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("The area is <img alt='12'> square metres.", ["The area is 12 square metres."]),
        ("The area in metres is <b><img alt=' 1\n2 '></b>.", ["The area in metres is 1 2."]),
        ("<p>He was <picture><img alt=🙂></picture> all day. <img alt=🙂> She was not. <img alt=🙂></p>",
         ["He was 🙂 all day. She was not."]),
        ("A <img alt=''> b <img> c <img alt='x' hidden> d", ["A b c d"]),
        ("<img alt=Phone> Call 5.<br><img alt=Fax> Fax 6.", ["Call 5.\nFax 6."]),
        ("<img alt=12> metres", ["12 metres"]), ("He left. <img alt=12> men came.", ["He left. 12 men came."]),
        ("<a href=/>The rules<img alt=elsewhere></a>say no", ["The rules elsewhere say no"]),
        ("10<sup><img alt=6></sup> cells", ["10⁶ cells"]), ("5<img alt=6>7", ["5 6 7"]),
        ("<p>A</p><img alt=b><p>C</p>", ["A", "C"]), ("To <s><img alt=6></s> b", ["To […] b"]),
        ("To <img alt='6&#8232;7'> b", ["To 6 7 b"]), ("<pre>a <img alt=6> b</pre>", ["a 6 b"]),
    ],
)  # fmt: skip
def test_an_image_within_a_sentence_reads_as_its_text(body: str, texts: list[str]) -> None:
    assert [block.text for block in laid_out(body)] == texts


def test_the_icon_of_a_link_makes_it_no_less_a_link() -> None:
    (block,) = laid_out("<a href=/><img alt='A long name of an icon'> Home <img alt='and of another one'> page</a>")
    assert block.linked == 1


@pytest.mark.parametrize("sentence", ["Roe was acquitted.", "Roe lied.", "“Roe is innocent!”"])
def test_a_short_sentence_that_is_a_link_is_text(sentence: str) -> None:
    for body in (f"<p><a href=x>{sentence}</a></p>", f"<div><p><a href=x><b>{sentence}</b></a></p></div>"):
        article, warns = article_of(body)
        assert sentence in quotes(article)
        assert warns == []


@pytest.mark.parametrize("label", ["Home", "Read more", "Read more.", "Next page »", "Subscribe now!", "Sign in"])
def test_the_label_of_a_link_is_left_out(label: str) -> None:
    article, warns = article_of(f"<p><a href=x>{label}</a></p>")
    assert label not in article.text
    assert warns == []


@pytest.mark.parametrize("tag", ["nav", "aside", "footer"])
def test_short_sentences_outside_the_main_text_are_counted(tag: str) -> None:
    page = f"<article><p>{FIRST}</p><p>{LAST}</p></article><{tag}><p>Roe was acquitted.</p><p>More</p></{tag}>"
    text, reasons = read(page.encode())
    assert "acquitted" not in text
    assert reasons == ["has 3 words outside its main text, which are left out"]


@pytest.mark.parametrize(
    "before",
    ["<meta charset=utf-8>", "<title>T</title>", "<link rel=x href=y>", "<script>x</script>",
     "<html><head><meta charset=utf-8>", "<!doctype html><html><meta charset=utf-8>",
     "<base href=x><style>p{}</style>"],
)  # fmt: skip
@pytest.mark.parametrize("tag", ["article", "main", "section", "figure"])
def test_what_stands_behind_metadata_is_shown(before: str, tag: str) -> None:
    page = f"{before}<{tag}><p>{FIRST}</p>It was read.</{tag}> It was kept.<p>{LETTER}</p>"
    shown = read(page.encode())[0].split("\n\n")
    assert shown[:2] == [FIRST, "It was read."]
    assert set(shown[2:]) <= {"It was kept.", LETTER}


@pytest.mark.parametrize("item", ["li", "dd", "p"])
def test_sentences_in_a_list_of_links_are_text(item: str) -> None:
    def shown(*texts: str) -> str:
        links = "".join(f"<{item}><a href=x>{text}</a></{item}>" for text in texts)
        return read(f"<article><h1>Head</h1><p>{FIRST}</p><div>{links}</div><p>{LETTER}</p></article>".encode())[0]

    assert all(text in shown("Roe was acquitted.", "Doe was hanged.") for text in ("Roe was acq", "Doe was hanged."))
    mixed = shown("Roe was acquitted.", "Doe was hanged.", "All news")
    assert ("Doe was hanged." in mixed, "All news" in mixed) == (True, False)
    assert "Roe is here." not in shown("Sport", "The town", "Roe is here.")


@pytest.mark.parametrize(
    ("html", "published"),
    [
        ("<p>The bridge was opened on <time datetime='1998-05-01'>1 May 1998</time>.</p>", None),
        ("<ul><li>It fell on <time datetime='1998-05-01'>1 May</time>, as nobody had expected.</ul>", None),
        ("<p>By Jane Roe, <time datetime='1998-05-01'>1 May 1998</time></p>", "1998-05-01"),
        ("<p class=byline>It was written on <time datetime='1998-05-01'>1 May 1998</time>.</p>", "1998-05-01"),
        ("<p>It came out on <time pubdate datetime='1998-05-01'>1 May 1998</time>.</p>", "1998-05-01"),
        ("<p>On <time itemprop=datePublished datetime='1998-05-01'>1 May 1998</time> it came.</p>", "1998-05-01"),
    ],
)
def test_a_time_within_the_text_is_no_date_of_publication(html: str, published: str | None) -> None:
    article, _ = article_of(html)
    assert article.published == published


VEILS = (
    "opacity:0", "opacity: 0.0", "font-size:0", "font-size:0px", "color:transparent", "color:rgba(0,0,0,0)",
    "height:0;overflow:hidden", "max-height:0px;overflow:hidden", "clip:rect(0,0,0,0);position:absolute",
    "clip:rect(0 0 0 0)", "clip-path:inset(100%)", "text-indent:-9999px", "transform:scale(0)", "transform:scale(0, 1)",
    "position:absolute;inset:-9999px auto auto", "transform:translateX(-9999px)", "translate:-9999px", "scale:0",
    "filter:blur(1px) opacity(0)", "font-size:calc(0px)", "font-size:.01px", "opacity:-1", "opacity:.001", "opacity:0%",
    "clip-path:inset(0 100% 0 0)", "overflow-x:hidden;width:0", "overflow:clip;max-inline-size:0",
    "-webkit-text-fill-color:transparent", "margin-left:-9999px", "font:0/0 a", "all:unset;display:none",
    "position:absolute;left:-9999px", "display:none", "visibility:hidden",
)  # fmt: skip


@pytest.mark.parametrize("style", VEILS)
@pytest.mark.parametrize(
    "html",
    [
        "<p style='STYLE'>{}</p>",
        "<style>.x{STYLE}</style><p class='a x'>{}</p>",
        "<style>#x {STYLE}</style><p id=x>{}</p>",
        "<style>.y{color:red} div > p.x, .z { STYLE }</style><div><p class=x>{}</p></div>",
        "<style>@media screen{.x{STYLE}}</style><div class=x><p>{}</p></div>",
        "<style>.x{STYLE}p{display:block}</style><p class=x>{}</p>",
    ],
)  # fmt: skip
def test_what_a_style_hides_is_counted_as_left_out(html: str, style: str) -> None:
    sentence = "The treasure lies under the eastern pier."
    article, _ = article_of(html.replace("STYLE", style).replace("{}", sentence))
    assert "treasure" not in article.text
    assert sentence in article.outside


@pytest.mark.parametrize(
    "html",
    [
        "<style>@media print{.x{display:none}}</style><p class=x>{}</p>",
        "<style>.x:hover{display:none}</style><p class=x>{}",
        "<style>.x{display:none}#y{display:block}</style><p class=x id=y>{}</p>",
        "<style>.xy{display:none}</style><p class=x>{}",
        "<style>.x{display:none}</style><p class=x style='display:block'>{}</p>",
        "<style>body{opacity:0}</style><p>{}</p>",
        "<style>ul{font-size:0}li{font-size:16px}</style><ul><li>{}</ul>",
        "<style>.x .y{display:none}</style><p class=y>{}",
        "<style>@keyframes k{from{opacity:0}}</style><p class=from>{}</p>", "<p style='color:rgb(0,0,0)'>{}</p>",
        "<p style='height:0'>{}</p>", "<p style='display:none;all:revert'>{}</p>",
        "<p style='opacity:10%;filter:opacity(.5);translate:-10px;margin-left:-120px;font:12px/0 a;scale:.5'>{}</p>",
        "<style>.x{opacity:1%}.x{all:revert}</style><p class=x>{}</p>",
        "<style>.x{opacity:0.15}</style><p class=x>{}</p>",
        "<p style='opacity:0.5;font-size:0.9em;text-indent:-1em;transform:scale(.5)'>{}</p>",
        "<div><template shadowrootmode=open><p>{}</p></template></div>",
    ],
)  # fmt: skip
def test_what_no_style_hides_is_text(html: str) -> None:
    sentence = "The treasure lies under the eastern pier."
    article, _ = article_of(html.replace("{}", sentence))
    assert sentence in quotes(article)


@pytest.mark.parametrize(
    "html",
    [
        "<p><del>{}</del></p>", "<del><p>{}</p></del>", "<iframe srcdoc='<p>{}</p>'></iframe>",
        "<p>a <span popover>{}</span></p>", "<dialog>{}</dialog>", "<noscript><p>{}</p></noscript>",
        "<template><p>{}</p></template>", "<canvas>{}</canvas>", "<video src=a><p>{}</p></video>",
        "<p><audio src=a>{}</audio></p>", "<iframe src=a>{}</iframe>", "<noembed>{}</noembed>",
        "<div hidden><noscript>{}</noscript></div>", "<object data=a>{}</object>",
        "<textarea>{}</textarea>", "<p>Choose <select><option>{}</select>.</p>", "<input value='{}'>",
    ],
)  # fmt: skip
def test_what_a_page_takes_back_frames_or_keeps_for_others_is_counted(html: str) -> None:
    sentence = "The treasure lies under the eastern pier."
    article, _ = article_of(html.format(sentence))
    assert "treasure" not in article.text
    assert sentence in article.outside
