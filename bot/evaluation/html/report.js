"use strict";
(() => {
  const CHUNK = 100; // rows put into the page at once

  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const body = document.querySelector("#table tbody");
  const heads = [...document.querySelectorAll("#table thead th")];
  const more = byId("more");
  const controls = ["text", "tag", "verdict", "change"].map((name) => byId(`filter-${name}`)).filter(Boolean);
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const rows = new Map(); // what is in the page for a question, created when it is first needed

  const questions = data.questions.map((question, place) => ({
    tags: [], history: [], changes: [], gold: [], quotes: [], answerable: false, searched: "", ...question,
    place: place + 1,
    change: (question.changes || []).reduce((sum, [, gained]) => sum + (gained ? 1 : -1), 0),
    words: [
      question.id, question.question, ...(question.history || []),
      ...(question.gold || []).map((gold) => gold.answer || ""),
    ].join("\n").toLowerCase(),
  }));
  let order = questions; // all, as sorted
  let visible = questions; // those that match the filters, in that order
  let sorted = { column: "", down: false };

  /* ---- small tools ---- */

  const element = (name, properties = {}, ...children) => {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(properties)) {
      if (key === "class") node.className = value;
      else if (key in node && !key.startsWith("aria")) node[key] = value;
      else node.setAttribute(key, value);
    }
    node.append(...children.filter((child) => child !== null));
    return node;
  };
  const apart = (text) => element("bdi", {}, text);
  const plural = (count, name) => `${count.toLocaleString("en")} ${name}${count === 1 ? "" : "s"}`;

  /* ---- rows ---- */

  const cell = (name, label, ...children) => {
    const node = element("td", { class: name, role: "cell" }, ...children);
    if (label) node.dataset.label = label;
    return node;
  };

  const verdictOf = (question) => {
    const [key, label, meaning] = data.verdicts[question.verdict];
    return element("span", { class: `verdict ${key}`, title: meaning }, label);
  };

  const changesOf = (question) => question.changes.map(([words, gained]) =>
    element("span", { class: `change ${gained ? "better" : "worse"}` }, `${gained ? "▲" : "▼"} ${words}`));

  const rowOf = (question) => {
    const existing = rows.get(question);
    if (existing) return existing;
    const button = element("button", { type: "button", "aria-expanded": "false" }, apart(question.question));
    const row = element("tr", { class: "row", role: "row" },
      cell("place number", "", String(question.place)),
      element("th", { class: "question", role: "rowheader", scope: "row" }, button),
      cell("tags", "", ...question.tags.map((tag) => element("span", { class: "tag" }, apart(data.tags[tag])))),
      cell("answerable", "answerable", question.answerable ? "yes" : "no"),
      cell("outcome", "", verdictOf(question)),
      cell("rank number", "rank", question.rank === null ? "–" : String(question.rank)),
      cell("confidence number", "confidence", question.confidence.toFixed(3)),
      cell("ms number", "ms", question.ms.toFixed(1)),
      data.compared ? cell("change-cell", "", ...changesOf(question)) : null);
    const entry = { row, button, detail: null, open: false };
    row.addEventListener("click", (event) => {
      if (event.target.closest("button") || !String(getSelection())) toggle(question, !entry.open);
    });
    rows.set(question, entry);
    return entry;
  };

  const toggle = (question, open) => {
    const entry = rowOf(question);
    entry.open = open;
    if (open && !entry.detail) {
      const id = `detail-${question.place}`;
      entry.detail = element("tr", { class: "detail", role: "row", id },
        element("td", { colSpan: heads.length, role: "cell" }, detailOf(question)));
      entry.button.setAttribute("aria-controls", id);
    }
    entry.button.setAttribute("aria-expanded", String(open));
    entry.row.classList.toggle("open", open);
    if (open) entry.row.after(entry.detail);
    else entry.detail?.remove();
  };

  /* ---- an open row: gold and quotes in their context ---- */

  // Offsets count code points, JavaScript's strings UTF-16 units: a piece is split once, when it is needed.
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
    const cut = (list) => list.filter((mark) => mark.in === span.in && mark.start < span.to && mark.end > span.from);
    const kinds = { quote: cut(quotes), gold: cut(gold) };
    const edges = [span.from, span.to, ...[...kinds.quote, ...kinds.gold].flatMap((mark) => [mark.start, mark.end])];
    const places = [...new Set(edges.filter((at) => at >= span.from && at <= span.to))].sort((a, b) => a - b);
    const alone = span.from === span.start && span.to === span.end;
    const paragraph = element("p", { class: "context", dir: "auto" }, alone || text.starts ? "" : "… ");
    places.slice(1).forEach((end, index) => {
      const start = places[index];
      const names = Object.keys(kinds).filter((kind) => kinds[kind].some((mark) => mark.start <= start && end <= mark.end));
      const words = text.slice(start, end);
      paragraph.append(names.length ? element("mark", { class: names.join(" "), title: names.join(" and ") }, words) : words);
    });
    paragraph.append(alone || text.ends ? "" : " …");
    return paragraph;
  };

  const goldOf = (question) => {
    if (!question.answerable) return [element("p", { class: "none" }, "The corpus does not answer this question.")];
    return question.gold.map((gold) => {
      const where = gold.whole ? "the whole article is right" : `characters ${gold.start} to ${gold.end}`;
      const top = element("p", { class: "where" }, element("code", {}, apart(gold.article)), ` ${where}`);
      if (gold.in === undefined) {
        return element("div", { class: "gold-place" }, top, gold.answer ? element("p", { class: "context", dir: "auto" },
          element("mark", { class: "gold", title: "gold" }, gold.answer)) : null);
      }
      const covering = question.quotes.slice(0, data.shown).filter((quote) =>
        quote.in === gold.in && quote.start < gold.end && quote.end > gold.start);
      return element("div", { class: "gold-place" }, top, marked(gold, covering, question.gold));
    });
  };

  const quoteOf = (question, quote, place) => element("li", { class: quote.right ? "right" : "" },
    element("p", { class: "where" },
      element("b", {}, `${place + 1}. ${quote.right ? "right" : "not right"}`),
      ` score ${quote.score.toFixed(3)} `,
      ...(quote.inexact ? [element("strong", { class: "inexact" }, "not an exact slice"), " "] : []),
      element("code", {}, apart(quote.ref ?? `${data.sources[quote.in].at}#${quote.start}-${quote.end}`))),
    quote.in === undefined
      ? element("p", { class: "context", dir: "auto" }, element("mark", { class: "quote", title: "quote" }, quote.text))
      : marked(quote, [quote], question.gold));

  const quotesOf = (question) => {
    if (!question.quotes.length) return [element("p", { class: "none" }, "Nothing was found.")];
    const items = question.quotes.map((quote, place) => quoteOf(question, quote, place));
    const first = element("ol", {}, ...items.slice(0, data.shown));
    if (items.length <= data.shown) return [first];
    const rest = element("ol", { start: data.shown + 1 }, ...items.slice(data.shown));
    const summary = element("summary", {}, `${plural(items.length - data.shown, "more quote")}, by rank`);
    const firstRight = question.quotes.findIndex((quote) => quote.right);
    return [first, element("details", { open: firstRight >= data.shown }, summary, rest)];
  };

  const detailOf = (question) => {
    const [key, , meaning] = data.verdicts[question.verdict];
    const refused = key === "missed" || key === "refused";
    const facts = element("dl", { class: "facts" });
    const fact = (name, ...values) =>
      facts.append(element("div", {}, element("dt", {}, name), ...values.map((value) => element("dd", {}, apart(value)))));
    fact("Id", question.id);
    fact("Outcome", meaning);
    if (question.history.length) fact("Asked before", ...question.history);
    if (question.searched) fact("Searched for", question.searched);
    return element("div", { class: "inside" }, facts,
      element("section", { class: "golds" }, element("h3", {}, "Gold"), ...goldOf(question)),
      element("section", { class: "quotes" },
        element("h3", {}, refused ? "Refused; it would have quoted" : "Quotes"), ...quotesOf(question)));
  };

  /* ---- filters and order, and the rows that are in the page ---- */

  const matcher = () => {
    const value = (name) => byId(`filter-${name}`)?.value ?? "";
    const words = value("text").toLowerCase().split(/\s+/).filter(Boolean);
    const [tag, verdict, change] = [value("tag"), value("verdict"), value("change")];
    return (question) =>
      words.every((word) => question.words.includes(word)) &&
      (!tag || question.tags.includes(Number(tag))) &&
      (!verdict || data.verdicts[question.verdict][0] === verdict) &&
      (!change || question.changes.some(([, gained]) => change === "changed" || gained === (change === "better")));
  };

  const append = (count) => {
    const from = body.querySelectorAll("tr.row").length;
    for (const question of visible.slice(from, from + count)) {
      const entry = rowOf(question);
      body.append(entry.row);
      if (entry.open) body.append(entry.detail);
    }
    const left = Math.max(0, visible.length - from - count);
    more.hidden = left === 0;
    more.firstElementChild.textContent = `Show the ${plural(left, "other question")}`;
  };

  const show = () => {
    visible = order.filter(matcher());
    body.replaceChildren();
    append(CHUNK);
    if (!visible.length) {
      body.append(element("tr", { class: "nothing", role: "row" },
        element("td", { colSpan: heads.length, role: "cell" }, "No question matches these filters.")));
    }
    const all = plural(questions.length, "question");
    byId("count").textContent = visible.length === questions.length ? all : `${visible.length.toLocaleString("en")} of ${all}`;
  };

  const keys = {
    question: (question) => question.question,
    tags: (question) => question.tags.map((tag) => data.tags[tag]).join(", "),
    answerable: (question) => (question.answerable ? 0 : 1),
  };

  const compare = (left, right) => {
    if (left === null || right === null) return 0;
    return typeof left === "string" ? collator.compare(left, right) : left - right;
  };

  const sort = (column) => {
    sorted = { column, down: sorted.column === column && !sorted.down };
    const key = keys[column] || ((question) => question[column]);
    const sign = sorted.down ? -1 : 1;
    // Questions without a value come last in both directions; equal ones keep their order.
    order = [...order].sort((left, right) =>
      (key(left) === null) - (key(right) === null) || sign * compare(key(left), key(right)));
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

  const open = (question) => {
    if (!visible.includes(question)) filter({});
    append(Math.max(0, visible.indexOf(question) + 1 - body.querySelectorAll("tr.row").length));
    toggle(question, true);
    rowOf(question).button.focus({ preventScroll: true });
    rowOf(question).row.scrollIntoView({ block: "start" });
  };

  const filterTo = (values) => {
    filter(values);
    byId("questions").scrollIntoView({ block: "start" });
  };

  for (const control of controls) control.addEventListener("input", show);
  byId("clear").addEventListener("click", () => filter({}));
  more.firstElementChild.addEventListener("click", () => append(visible.length));
  document.addEventListener("click", (event) => {
    const { column, verdict, tag, open: place } = event.target.closest("button")?.dataset ?? {};
    if (column) sort(column);
    else if (verdict) filterTo({ verdict });
    else if (tag !== undefined) filterTo({ tag });
    else if (place !== undefined) open(questions[place]);
  });
  addEventListener("beforeprint", () => {
    append(visible.length);
    for (const folded of document.querySelectorAll("details.all")) folded.open = true;
  });
  new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) append(CHUNK);
  }, { rootMargin: "800px" }).observe(more);

  sort("place");
})();
