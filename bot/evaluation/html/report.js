"use strict";
(() => {
  const CHUNK = 100; // rows that are put into the page at once

  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const body = document.querySelector("#table tbody");
  const heads = [...document.querySelectorAll("#table thead th")];
  const more = byId("more");
  const controls = ["text", "tag", "verdict", "change"].map((name) => byId(`filter-${name}`)).filter(Boolean);
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const rows = new Map(); // elements of a question, made when it is first shown

  const questions = data.questions.map((asked, place) => ({
    tags: [], history: [], changes: [], gold: [], quotes: [], answerable: false, searched: "", ...asked,
    place: place + 1,
    change: (asked.changes || []).reduce((sum, [, gained]) => sum + (gained ? 1 : -1), 0),
    words: [asked.id, asked.question, ...(asked.history || []), ...(asked.gold || []).map((gold) => gold.answer || "")]
      .join("\n").toLowerCase(),
  }));
  let order = questions; // all of them, as sorted
  let shown = questions; // those that fit the filters, in that order
  let sorted = { column: "", down: false };

  /* ---- small tools ---- */

  const element = (name, properties = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
      if (key === "class") made.className = value;
      else if (key in made && !key.startsWith("aria")) made[key] = value;
      else made.setAttribute(key, value);
    }
    made.append(...children.filter((child) => child !== null));
    return made;
  };
  const apart = (text) => element("bdi", {}, text);
  const plural = (count, name) => `${count.toLocaleString("en")} ${name}${count === 1 ? "" : "s"}`;

  /* ---- rows ---- */

  const cell = (name, label, ...children) => {
    const made = element("td", { class: name, role: "cell" }, ...children);
    if (label) made.dataset.label = label;
    return made;
  };

  const verdictOf = (asked) => {
    const [key, label, meaning] = data.verdicts[asked.verdict];
    return element("span", { class: `verdict ${key}`, title: meaning }, label);
  };

  const changesOf = (asked) => asked.changes.map(([said, gained]) =>
    element("span", { class: `change ${gained ? "better" : "worse"}` }, `${gained ? "▲" : "▼"} ${said}`));

  const rowOf = (asked) => {
    const known = rows.get(asked);
    if (known) return known;
    const button = element("button", { type: "button", "aria-expanded": "false" }, apart(asked.question));
    const row = element("tr", { class: "row", role: "row" },
      cell("place number", "", String(asked.place)),
      element("th", { class: "question", role: "rowheader", scope: "row" }, button),
      cell("tags", "", ...asked.tags.map((tag) => element("span", { class: "tag" }, apart(data.tags[tag])))),
      cell("answerable", "answerable", asked.answerable ? "yes" : "no"),
      cell("outcome", "", verdictOf(asked)),
      cell("rank number", "rank", asked.rank === null ? "–" : String(asked.rank)),
      cell("confidence number", "confidence", asked.confidence.toFixed(3)),
      cell("ms number", "ms", asked.ms.toFixed(1)),
      data.compared ? cell("change-cell", "", ...changesOf(asked)) : null);
    const made = { row, button, detail: null, open: false };
    row.addEventListener("click", (event) => {
      if (event.target.closest("button") || !String(getSelection())) toggle(asked, !made.open);
    });
    rows.set(asked, made);
    return made;
  };

  const toggle = (asked, open) => {
    const made = rowOf(asked);
    made.open = open;
    if (open && !made.detail) {
      const id = `detail-${asked.place}`;
      made.detail = element("tr", { class: "detail", role: "row", id },
        element("td", { colSpan: heads.length, role: "cell" }, detailOf(asked)));
      made.button.setAttribute("aria-controls", id);
    }
    made.button.setAttribute("aria-expanded", String(open));
    made.row.classList.toggle("open", open);
    if (open) made.row.after(made.detail);
    else made.detail?.remove();
  };

  /* ---- an open row: gold and quotes where they stand ---- */

  // Offsets count code points, JavaScript's strings UTF-16 units: a piece is taken apart once, when it is needed.
  const pointsOf = (piece) => (piece.points ??= Array.from(piece[1]));

  const textOf = (source, from, to) => {
    for (const piece of data.sources[source].pieces) {
      const points = pointsOf(piece);
      if (piece[0] <= from && to <= piece[0] + points.length) {
        return {
          slice: (start, end) => points.slice(start - piece[0], end - piece[0]).join(""),
          starts: from === 0 || points[from - piece[0] - 1] === "\n",
          ends: points[to - piece[0]] === undefined || points[to - piece[0]] === "\n",
        };
      }
    }
    return null;
  };

  const marked = (span, quotes, gold) => {
    const text = textOf(span.in, span.from, span.to);
    const cut = (list) => list.filter((one) => one.in === span.in && one.start < span.to && one.end > span.from);
    const kinds = { quote: cut(quotes), gold: cut(gold) };
    const edges = [span.from, span.to, ...[...kinds.quote, ...kinds.gold].flatMap((one) => [one.start, one.end])];
    const places = [...new Set(edges.filter((at) => at >= span.from && at <= span.to))].sort((a, b) => a - b);
    const alone = span.from === span.start && span.to === span.end;
    const made = element("p", { class: "context", dir: "auto" }, alone || text.starts ? "" : "… ");
    places.slice(1).forEach((end, index) => {
      const start = places[index];
      const names = Object.keys(kinds).filter((kind) => kinds[kind].some((one) => one.start <= start && end <= one.end));
      const words = text.slice(start, end);
      made.append(names.length ? element("mark", { class: names.join(" "), title: names.join(" and ") }, words) : words);
    });
    made.append(alone || text.ends ? "" : " …");
    return made;
  };

  const goldOf = (asked) => {
    if (!asked.answerable) return [element("p", { class: "none" }, "The corpus does not answer this question.")];
    return asked.gold.map((gold) => {
      const where = gold.whole ? "the whole article is right" : `characters ${gold.start} to ${gold.end}`;
      const top = element("p", { class: "where" }, element("code", {}, apart(gold.article)), ` ${where}`);
      if (gold.in === undefined) {
        return element("div", { class: "gold-place" }, top, gold.answer ? element("p", { class: "context", dir: "auto" },
          element("mark", { class: "gold", title: "gold" }, gold.answer)) : null);
      }
      const covering = asked.quotes.slice(0, data.shown).filter((quote) =>
        quote.in === gold.in && quote.start < gold.end && quote.end > gold.start);
      return element("div", { class: "gold-place" }, top, marked(gold, covering, asked.gold));
    });
  };

  const quoteOf = (asked, quote, place) => element("li", { class: quote.right ? "right" : "" },
    element("p", { class: "where" },
      element("b", {}, `${place + 1}. ${quote.right ? "right" : "not right"}`),
      ` score ${quote.score.toFixed(3)} `,
      ...(quote.inexact ? [element("strong", { class: "inexact" }, "not an exact slice"), " "] : []),
      element("code", {}, apart(quote.ref ?? `${data.sources[quote.in].at}#${quote.start}-${quote.end}`))),
    quote.in === undefined
      ? element("p", { class: "context", dir: "auto" }, element("mark", { class: "quote", title: "quote" }, quote.text))
      : marked(quote, [quote], asked.gold));

  const quotesOf = (asked) => {
    if (!asked.quotes.length) return [element("p", { class: "none" }, "Nothing was found.")];
    const items = asked.quotes.map((quote, place) => quoteOf(asked, quote, place));
    const first = element("ol", {}, ...items.slice(0, data.shown));
    if (items.length <= data.shown) return [first];
    const rest = element("ol", { start: data.shown + 1 }, ...items.slice(data.shown));
    const named = element("summary", {}, `${plural(items.length - data.shown, "more quote")}, by rank`);
    const found = asked.quotes.findIndex((quote) => quote.right);
    return [first, element("details", { open: found >= data.shown }, named, rest)];
  };

  const detailOf = (asked) => {
    const [key, , meaning] = data.verdicts[asked.verdict];
    const refused = key === "missed" || key === "refused";
    const facts = element("dl", { class: "facts" });
    const fact = (name, ...values) =>
      facts.append(element("div", {}, element("dt", {}, name), ...values.map((value) => element("dd", {}, apart(value)))));
    fact("Id", asked.id);
    fact("Outcome", meaning);
    if (asked.history.length) fact("Asked before", ...asked.history);
    if (asked.searched) fact("Searched for", asked.searched);
    return element("div", { class: "inside" }, facts,
      element("section", { class: "golds" }, element("h3", {}, "Gold"), ...goldOf(asked)),
      element("section", { class: "quotes" },
        element("h3", {}, refused ? "Refused; it would have quoted" : "Quotes"), ...quotesOf(asked)));
  };

  /* ---- filters, order, and what is in the page ---- */

  const fits = () => {
    const value = (name) => byId(`filter-${name}`)?.value ?? "";
    const words = value("text").toLowerCase().split(/\s+/).filter(Boolean);
    const [tag, verdict, change] = [value("tag"), value("verdict"), value("change")];
    return (asked) =>
      words.every((word) => asked.words.includes(word)) &&
      (!tag || asked.tags.includes(Number(tag))) &&
      (!verdict || data.verdicts[asked.verdict][0] === verdict) &&
      (!change || asked.changes.some(([, gained]) => change === "changed" || gained === (change === "better")));
  };

  const append = (count) => {
    const from = body.querySelectorAll("tr.row").length;
    for (const asked of shown.slice(from, from + count)) {
      const made = rowOf(asked);
      body.append(made.row);
      if (made.open) body.append(made.detail);
    }
    const left = Math.max(0, shown.length - from - count);
    more.hidden = left === 0;
    more.firstElementChild.textContent = `Show the ${plural(left, "other question")}`;
  };

  const show = () => {
    shown = order.filter(fits());
    body.replaceChildren();
    append(CHUNK);
    if (!shown.length) {
      body.append(element("tr", { class: "nothing", role: "row" },
        element("td", { colSpan: heads.length, role: "cell" }, "No question fits these filters.")));
    }
    const all = plural(questions.length, "question");
    byId("count").textContent = shown.length === questions.length ? all : `${shown.length.toLocaleString("en")} of ${all}`;
  };

  const keys = {
    question: (asked) => asked.question,
    tags: (asked) => asked.tags.map((tag) => data.tags[tag]).join(", "),
    answerable: (asked) => (asked.answerable ? 0 : 1),
  };

  const compare = (one, other) => {
    if (one === null || other === null) return 0;
    return typeof one === "string" ? collator.compare(one, other) : one - other;
  };

  const sort = (column) => {
    sorted = { column, down: sorted.column === column && !sorted.down };
    const key = keys[column] || ((asked) => asked[column]);
    const sign = sorted.down ? -1 : 1;
    // What has no value stands last in both directions; equal ones keep the order they had.
    order = [...order].sort((one, other) =>
      (key(one) === null) - (key(other) === null) || sign * compare(key(one), key(other)));
    for (const head of heads) {
      const own = head.firstElementChild.dataset.column === column;
      head.setAttribute("aria-sort", own ? (sorted.down ? "descending" : "ascending") : "none");
    }
    show();
  };

  const filter = (values) => {
    for (const control of controls) control.value = values[control.id.replace("filter-", "")] ?? "";
    show();
  };

  const open = (asked) => {
    if (!shown.includes(asked)) filter({});
    append(Math.max(0, shown.indexOf(asked) + 1 - body.querySelectorAll("tr.row").length));
    toggle(asked, true);
    rowOf(asked).button.focus({ preventScroll: true });
    rowOf(asked).row.scrollIntoView({ block: "start" });
  };

  const filterTo = (values) => {
    filter(values);
    byId("questions").scrollIntoView({ block: "start" });
  };

  for (const control of controls) control.addEventListener("input", show);
  byId("clear").addEventListener("click", () => filter({}));
  more.firstElementChild.addEventListener("click", () => append(shown.length));
  document.addEventListener("click", (event) => {
    const { column, verdict, tag, open: place } = event.target.closest("button")?.dataset ?? {};
    if (column) sort(column);
    else if (verdict) filterTo({ verdict });
    else if (tag !== undefined) filterTo({ tag });
    else if (place !== undefined) open(questions[place]);
  });
  addEventListener("beforeprint", () => {
    append(shown.length);
    for (const folded of document.querySelectorAll("details.all")) folded.open = true;
  });
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) append(CHUNK);
  }, { rootMargin: "800px" }).observe(more);

  sort("place");
})();
