"""Vaults of Obsidian, and the sites of MkDocs, Docusaurus and Starlight: what their pages show is what is quoted."""

from __future__ import annotations

import pytest

from retrieval.articles.sentences import segment
from retrieval.articles.text_files import read_text
from retrieval.readable import readable


def quotable(text: str, path: str = "a.md") -> list[tuple[str, ...]]:
    """What may be quoted, as it reads, with what it stands under before it."""
    ((article,), warns) = read_text(text.encode(), path, "0" * 64)
    assert warns == []
    return [
        tuple(readable(article.text[start:end], path) for start, end in (*span.context, (span.start, span.end)))
        for span in segment(article)
    ]


VAULT = """---
aliases: [Harbour, Port]
---
# Velmora

The gate is kept by [[people/Ilse Brandt|Ilse]] and [[Bo]], see `[[code]]` and [[1]](https://velmora.example).

The wall is old.%% never quoted inline %% It was built in 1911, for 100%% of the cost, or 50%%.

```dataview
LIST FROM #never/quoted
```

%% never quoted %%

%%
never quoted either
%%

![[boat.png]]

![[Fees#Table]]

> [!warning]- Mind the gap
> The pier is ==slippery== in winter. ^abc123

- [ ] ask the [[office#Hours|office]] first
"""


def test_a_vault_of_obsidian() -> None:
    assert quotable(VAULT) == [
        ("The gate is kept by Ilse and Bo, see [[code]] and [1].",),
        ("The wall is old.",),
        ("It was built in 1911, for 100%% of the cost, or 50%%.",),
        ("Mind the gap", "The pier is slippery in winter."),
        ("ask the office first",),
    ]


MKDOCS = """# Guide

=== "Linux"

    Install it with the packet manager of your system.

    - Run the installer first.

    ```sh
    === "no tab"
    ```

=== "macOS"

    Install it with brew on your machine.

??? note "Closed by default"
    The folded text is read as well.

--8<-- "snippets/footer.md"

The abbreviation HTML is used here.

*[HTML]: Hyper Text Markup Language

/// tip | Mind the tide

The tide comes in at noon.

///

/// tab | Rust
Build the crate with cargo.
///

1.  Tie up at the quay. (1)
    { .annotate }

    1.  The quay is on the east side.

{ .annotate }
"""


def test_a_site_of_mkdocs() -> None:
    rows = quotable(MKDOCS)
    assert ("Linux", "Install it with the packet manager of your system.") in rows
    assert ("Linux", "Run the installer first.") in rows
    assert any('=== "no tab"' in row[-1] for row in rows)
    assert ("macOS", "Install it with brew on your machine.") in rows
    assert ("Closed by default", "The folded text is read as well.") in rows
    assert rows[-5:] == [
        ("The abbreviation HTML is used here.",),
        ("Mind the tide", "The tide comes in at noon."),
        ("Rust", "Build the crate with cargo."),
        ("Tie up at the quay. (1)",),
        ("Tie up at the quay. (1)", "The quay is on the east side."),
    ]


DOCUSAURUS = """---
title: Intro
---
import Tabs from '@theme/Tabs';

:::note[Opening hours]

The note says that the gate is open.

:::

<Tabs>
<TabItem value="a" label="Apple">

This is an apple that you can eat.

</TabItem>
</Tabs>

<!--truncate-->

<Tabs>
  <TabItem value="npm">Run the installer with npm now.</TabItem>
  <TabItem value="pnpm">Run the installer with pnpm now.</TabItem>
</Tabs>

## Fees {#my-id}

The text below the heading is here.
"""


@pytest.mark.parametrize("path", ["a.md", "a.mdx"])
def test_a_site_of_docusaurus(path: str) -> None:
    assert quotable(DOCUSAURUS, path) == [
        ("Opening hours", "The note says that the gate is open."),
        ("Apple", "This is an apple that you can eat."),
        ("npm", "Run the installer with npm now."),
        ("pnpm", "Run the installer with pnpm now."),
        ("Fees", "The text below the heading is here."),
    ]


STARLIGHT = """---
title: Star
---
import { Steps, Aside, Card } from '@astrojs/starlight/components';
import Partial from '../_partial.mdx';

<Steps>

1. Import the component into your file.

</Steps>

<Aside type="caution" title="Watch out!">The aside warns of the dog.</Aside>

:::tip[Did you know?]
Astro helps you build faster websites.
:::

<Card title="Stars" icon="star">The card tells of the stars.</Card>

{/* never quoted */}

<Partial />
"""


def test_a_site_of_starlight() -> None:
    assert quotable(STARLIGHT, "a.mdx") == [
        ("Import the component into your file.",),
        ("Watch out!", "The aside warns of the dog."),
        ("Did you know?", "Astro helps you build faster websites."),
        ("Stars", "The card tells of the stars."),
    ]
