"use strict";
// Small helpers. Text only ever enters the page as text nodes, so that no name of the audited project becomes markup.

const DATA = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";

/** Make an element: h("p", {class: "x", onclick: f}, "text", child, [more]). */
function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Make an element of SVG. */
function s(tag, attributes, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child);
  }
  return element;
}

const SEVERITIES = ["critical", "high", "medium", "low", "info"];
const DRIFTS = {
  missing: "missing",
  undocumented: "undocumented",
  unused: "unused",
  "no-row-security": "without row security",
};

function plural(number, one, many) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many || one + "s"}`;
}

/** A name without `public.`, which nearly every name would begin with. */
function short(name) {
  return name.split(" -> ").map((part) => (part.startsWith("public.") ? part.slice(7) : part)).join(" → ");
}

/** A name that may be broken after an underscore or a point, and nowhere else. */
function breakable(name) {
  return name.split(/(?<=[_./])/).flatMap((piece, number) => (number ? [document.createElement("wbr"), piece] : [piece]));
}

function badge(severity) {
  return h("span", { class: `badge ${severity}` }, severity);
}

function driftTags(drifts) {
  return drifts.map((drift) => h("span", { class: `tag ${drift}` }, DRIFTS[drift]));
}

/** What is shown for a moment, and what a screen reader hears. */
function say(text) {
  const place = document.getElementById("said");
  place.textContent = text;
  place.classList.remove("hidden");
  clearTimeout(say.timer);
  say.timer = setTimeout(() => place.classList.add("hidden"), 1800);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages from a disk may not have the clipboard: the selection's own copy works there.
    const area = h("textarea", { class: "offscreen", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    if (!done) return say("Could not copy: select the text instead");
  }
  say("Copied");
}

function sqlBlock(sql) {
  return h("div", { class: "sql" },
    h("button", { type: "button", class: "copy", onclick: () => copy(sql) }, "Copy SQL"),
    h("pre", { tabindex: 0, "aria-label": "SQL" }, h("code", null, sql)));
}

/** `path:line`, with its excerpt; a click copies the place for an editor. */
function spotBlock(spot) {
  const place = `${spot.path}:${spot.line}`;
  return h("figure", { class: `spot ${spot.witness}${spot.suppressed ? " suppressed" : ""}` },
    h("figcaption", null,
      h("button", { type: "button", class: "place", title: "Copy this place", onclick: () => copy(place) }, breakable(place)),
      h("span", { class: "note" }, spot.note || ""),
      spot.suppressed ? h("span", { class: "tag" }, `suppressed: ${spot.suppressed}`) : null),
    spot.lines.length
      ? h("pre", { tabindex: 0, "aria-label": `Excerpt of ${place}` }, spot.lines.map((line) => codeLine(line)))
      : null);
}

function codeLine([number, before, marked, after]) {
  return h("span", { class: marked === undefined ? "row" : "row hit" },
    h("span", { class: "number", "aria-hidden": "true" }, String(number)),
    h("code", null, before, marked === undefined ? null : h("mark", null, marked), after || ""), "\n");
}

function placeList(spots, known, limit = 8) {
  const list = h("ul", { class: "places" });
  const show = (some) => list.replaceChildren(...some.map((spot) => h("li", null,
    h("button", { type: "button", class: "place", title: "Copy this place", onclick: () => copy(`${spot.path}:${spot.line}`) },
      breakable(`${spot.path}:${spot.line}`)),
    h("span", { class: "note" }, spot.note ? ` ${spot.note}` : ""),
    spot.excerpt && spot.excerpt !== known ? h("code", { class: "excerpt" }, spot.excerpt) : null)));
  show(spots.slice(0, limit));
  if (spots.length > limit) {
    list.append(h("li", null, h("button", { type: "button", class: "more", onclick: () => show(spots) },
      `Show all ${spots.length}`)));
  }
  return list;
}

/** A button that is on or off. */
function chip(label, count, on, toggled, kind = "") {
  const button = h("button", { type: "button", class: `chip ${kind}`, "data-chip": label, "aria-pressed": String(on) }, label,
    count === null ? null : h("span", { class: "count" }, String(count)));
  button.addEventListener("click", () => {
    const now = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(now));
    toggled(now);
  });
  return button;
}

function searchField(id, label, typed) {
  return h("label", { class: "search", for: id }, h("span", { class: "offscreen" }, label),
    h("input", { id, type: "search", placeholder: label, autocomplete: "off", spellcheck: "false",
      oninput: (event) => typed(event.target.value.trim().toLowerCase()) }));
}

const TABLES = new Map(DATA.tables.map((table) => [table.id, table]));
const FINDINGS_OF = new Map();
for (const finding of DATA.findings) {
  for (const id of finding.tables) {
    if (!FINDINGS_OF.has(id)) FINDINGS_OF.set(id, []);
    FINDINGS_OF.get(id).push(finding);
  }
}
