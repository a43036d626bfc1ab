"""A page that shows a quote where it stands: one HTML file that loads nothing from anywhere."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from html import escape
from string import Template

from retrieval.citations.permalink import Shown
from retrieval.shell import command, quoted_permalink

STYLE = """
:root { color-scheme: light dark; --paper: #fdfcfa; --ink: #1f1d1a; --soft: #6b665e; --line: #dedad2; --mark: #ffe58a;
  --link: #0b57a4 }
@media (prefers-color-scheme: dark) {
  :root { --paper: #191a1c; --ink: #e7e4de; --soft: #a19c93; --line: #3a3b3f; --mark: #6b5500; --link: #8ab8f0 } }
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100% }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 44rem; background: var(--paper); color: var(--ink);
  font: 1.0625rem/1.65 Georgia, "Times New Roman", serif; overflow-wrap: anywhere }
h1 { margin: 0 0 .5rem; font-size: 1.7rem; line-height: 1.25 }
header, footer, .state { font-family: system-ui, sans-serif; font-size: .9rem; line-height: 1.5 }
header { margin-bottom: 2rem; padding-bottom: 1.25rem; border-bottom: 1px solid var(--line) }
header p, footer p { margin: .25rem 0; color: var(--soft) }
a { color: var(--link) }
#text { white-space: pre-wrap }
mark { padding: .15em 0; background: var(--mark); color: inherit; scroll-margin: 30vh;
  -webkit-box-decoration-break: clone; box-decoration-break: clone }
.state { margin: 0 0 1.5rem; padding: .6rem .9rem; border-left: 4px solid var(--mark) }
footer { margin-top: 2.5rem; padding-top: 1.25rem; border-top: 1px solid var(--line) }
code, pre { font: .85rem/1.5 ui-monospace, Menlo, Consolas, monospace }
pre { margin: .75rem 0 0; padding: .8rem 1rem; border: 1px solid var(--line); border-radius: .4rem; overflow-x: auto;
  overflow-wrap: normal }
"""
SCRIPT = 'document.getElementById("quote").scrollIntoView({ block: "center" });'

PAGE = Template("""<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="$policy">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>$title</title>
<style>$style</style>
</head>
<body>
<header>
<h1 dir="auto">$title</h1>
$details
</header>
<main>
$state<div id="text" dir="auto">$before<mark id="quote" tabindex="-1">$quote</mark>$after</div>
</main>
<footer>
<p>Paragraph $paragraph, characters $start to $end of the article. Permalink: <code>$ref</code></p>
$check
</footer>
<script>$script</script>
</body>
</html>
""")

STATES = {
    "current": "",
    "changed": "The article has changed since. This is the version that was cited.",
    "withdrawn": "The article is no longer in the corpus. This is the version that was cited.",
}


def page(shown: Shown, link: str | None) -> str:
    """The article with the cited quote marked and scrolled to; `link` leads to the quote in its source.

    The text of the elements #text and #quote is the article's and the quote's, character by character.
    """
    article, citation = shown.article, shown.citation
    state = STATES[shown.state]
    return PAGE.substitute(
        policy=_policy(),
        style=STYLE,
        script=SCRIPT,
        title=_escape(article.title),
        details=_details(shown, link),
        state=f'<p class="state">{state}</p>\n' if state else "",
        before=_escape(article.text[article.body : citation.start]),
        quote=_escape(shown.text),
        after=_escape(article.text[citation.end :]),
        paragraph=citation.paragraph,
        start=f"{citation.start:,}",
        end=f"{citation.end:,}",
        ref=_escape(quoted_permalink(citation.ref)),
        check=_check(shown),
    )


def _details(shown: Shown, link: str | None) -> str:
    article = shown.article
    said = " · ".join(_escape(part) for part in (article.source, article.published) if part)
    lines = [said] if said else []
    if link:
        lines.append(f'<a href="{_escape(link)}" rel="noreferrer">The quote in its source</a>')
    return "\n".join(f"<p>{line}</p>" for line in lines)


def _check(shown: Shown) -> str:
    """How anyone can check the quote: without quoth, where the file is text and is still the one that was cited."""
    article, citation = shown.article, shown.citation
    if article.converted or article.path is None or shown.state != "current":
        said = "The index keeps the text that was cited; this shows the quote in it again:"
        return f"<p>{said}</p>\n<pre>{_escape(command('show', operands=[citation.ref]))}</pre>"
    lines = (
        "from pathlib import Path",
        f"text = Path({article.path!r}).read_bytes().decode({article.encoding!r})",
        f"print(text[{citation.start}:{citation.end}])",
    )
    said = "Three lines of Python, run in the corpus folder, print the quote from the file itself:"
    return f"<p>{said}</p>\n<pre>{_escape(chr(10).join(lines))}</pre>"


def _policy() -> str:
    """Nothing may be loaded, and no style or script run but this page's own."""
    return (
        f"default-src 'none'; style-src {_hash(STYLE)}; script-src {_hash(SCRIPT)}; base-uri 'none'; form-action 'none'"
    )


def _hash(content: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(content.encode()).digest()).decode()}'"


def _escape(text: str) -> str:
    # A parser turns a bare carriage return into a line feed; written as a reference it stays one.
    return escape(text).replace("\r", "&#13;")
