// The overview, the notices, and which part of the page is shown.

const VIEWS = { overview: overviewView, findings: findingsView, tables: tablesView, diagram: diagramView, notices: noticesView };
let currentView = "overview";

function overviewView(root) {
  const { summary } = DATA;
  const total = SEVERITIES.reduce((sum, one) => sum + summary[one], 0);
  const worst = SEVERITIES.find((one) => summary[one]);
  const tables = DATA.tables.filter((table) => !table.platform);
  fill(root, null, [
    h("h2", { id: "title-overview", class: "hero" }, total ? plural(total, "finding") : "No findings",
      worst && ["critical", "high"].includes(worst) ? h("span", { class: `hero-note ${worst}` }, `${summary[worst]} ${worst}`) : null),
    h("p", { class: "lead" }, total
      ? "Where documents, migrations, code and database of this project contradict one another."
      : "The witnesses that were heard agree with one another."),
    h("ul", { class: "severities" }, SEVERITIES.map((one) => h("li", null,
      h("button", { type: "button", class: one, disabled: !summary[one], onclick: () => goToSeverity(one) },
        h("span", { class: "number" }, summary[one].toLocaleString("en")), h("span", null, one))))),
    summary.suppressed ? h("p", { class: "note" }, `${plural(summary.suppressed, "more finding")} suppressed.`) : null,
    h("h3", null, "Four witnesses"),
    h("ul", { class: "witnesses" }, DATA.witnesses.map(witnessCard)),
    driftSummary(tables),
    total ? h("h3", null, "To look at first") : null,
    total ? h("ol", { class: "first" }, firstOfEach(DATA.findings.filter((f) => !f.suppressed)).map(([f, alike]) =>
      h("li", null, badge(f.severity), h("span", null, h("a", { href: `#finding/${f.id}` }, f.message),
        alike ? h("span", { class: "note" }, ` ${alike.toLocaleString("en")} more ${f.rule}`) : null)))) : null,
    DATA.calls.length ? h("details", { class: "fold" }, h("summary", null, "What became of the code's calls"),
      h("ul", { class: "plain" }, DATA.calls.map((one) => h("li", null, `${one.outcome}: ${one.count.toLocaleString("en")}`)))) : null,
  ]);
}

// The gravest finding of each rule, with how many more there are: twenty of one kind would hide all others.
function firstOfEach(findings) {
  const byRule = new Map();
  for (const finding of findings) {
    const found = byRule.get(finding.rule);
    if (found) found[1] += 1;
    else byRule.set(finding.rule, [finding, 0]);
  }
  return [...byRule.values()].slice(0, 5);
}

function witnessCard(witness) {
  const words = { documents: "what is expected", migrations: "what is defined", code: "what is used", database: "what is held" };
  return h("li", { class: witness.heard ? "heard" : "unheard" },
    h("span", { class: "witness-name" }, witness.name), h("span", { class: "note" }, words[witness.name]),
    h("span", { class: "state" }, witness.heard ? "heard" : "not heard"),
    h("span", { class: "note" }, witness.heard ? witness.detail || plural(witness.files, "file") : witness.reason || ""));
}

function driftSummary(tables) {
  if (!tables.length) return null;
  const rows = Object.entries(DRIFTS).map(([drift, label]) => [drift, label, tables.filter((t) => t.drift.includes(drift)).length]);
  const fine = tables.filter((table) => !table.drift.length).length;
  return h("div", null, h("h3", null, plural(tables.length, "table")),
    h("p", { class: "tally" }, h("span", null, `${fine} without a mark`),
      rows.filter((row) => row[2]).map(([drift, label, number]) => h("span", { class: `tag ${drift}` }, `${number} ${label}`)),
      h("a", { href: "#diagram" }, "Explore the diagram")));
}

function goToSeverity(severity) {
  show("findings");
  for (const button of document.querySelectorAll("#view-findings .chip")) {
    const wanted = button.classList.contains(severity);
    if ((button.getAttribute("aria-pressed") === "true") !== wanted && SEVERITIES.some((one) => button.classList.contains(one))) button.click();
  }
}

function noticesView(root) {
  const list = DATA.notices;
  root.append(h("h2", { id: "title-notices" }, "Notices"),
    h("p", { class: "lead" }, "What could not be read or decided. None of it counts as a pass."),
    list.length ? h("ul", { class: "notices" }, list.map((notice) => h("li", null, h("span", { class: "tag" }, notice.kind), " ",
      notice.place ? h("button", { type: "button", class: "place", title: "Copy this place", onclick: () => copy(notice.place) }, notice.place) : null,
      h("span", null, ` ${notice.reason}`)))) : h("p", null, "None."),
    h("h3", null, "Files read"),
    h("ul", { class: "plain" }, DATA.files.map((one) => h("li", null, `${one.witness}: ${plural(one.count, "file")}`)),
      DATA.leftOut.map((one) => h("li", null, `left out, ${one.reason}: ${plural(one.count, "file")}`))),
    h("p", { class: "note" }, `Audited with tripoint ${DATA.version}`));
}

// ---- which part is shown

function make(name) {
  const root = document.getElementById(`view-${name}`);
  if (!root.childElementCount) VIEWS[name](root);
  return root;
}

function show(name) {
  currentView = name;
  for (const other of Object.keys(VIEWS)) document.getElementById(`view-${other}`).hidden = other !== name;
  document.body.dataset.view = name;  // the width of the page depends on it
  make(name);
  if (name === "diagram" && !diagram.ready) layOut();
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${name}`) {
      link.setAttribute("aria-current", "page");
      link.parentElement.scrollLeft = link.offsetLeft - link.parentElement.offsetLeft - 40;  // on a narrow screen the parts scroll
    }
    else link.removeAttribute("aria-current");
  }
}

function route() {
  const [name, id] = location.hash.slice(1).split(/\/(.*)/s);
  if (name === "table") {
    show(currentView === "diagram" || currentView === "tables" || currentView === "findings" ? currentView : "tables");
    openTable(decodeURIComponent(id));
  } else if (name === "finding") {
    closePanel();
    show("findings");
    revealFinding(id);
  } else {
    closePanel();
    show(name in VIEWS ? name : "overview");
    window.scrollTo(0, 0);
  }
}

function printable() {
  for (const name of Object.keys(VIEWS)) make(name);
  if (!diagram.ready) { document.getElementById("view-diagram").hidden = false; layOut(); document.getElementById("view-diagram").hidden = currentView !== "diagram"; }
  document.querySelectorAll("#finding-list > .finding").forEach((card, number) => {
    if (!card.hidden) { openFinding(card, card.querySelector(".body"), DATA.findings[number]); card.open = true; }
  });
  if (diagram.canvas.dataset.whole) {
    diagram.canvas.setAttribute("viewBox", diagram.canvas.dataset.whole);
    diagram.layer.removeAttribute("transform");
    seenFrom(700 / Number(diagram.canvas.dataset.whole.split(" ")[2]));
  }
}

function start() {
  document.getElementById("revision").textContent = DATA.revision ? `${DATA.revision.slice(0, 10)}${DATA.revisionDate ? `, ${DATA.revisionDate}` : ""}` : "";
  document.getElementById("count-findings").textContent = DATA.findings.filter((f) => !f.suppressed).length.toLocaleString("en");
  document.getElementById("count-tables").textContent = DATA.tables.filter((t) => !t.platform).length.toLocaleString("en");
  document.getElementById("count-notices").textContent = DATA.notices.length.toLocaleString("en");
  document.getElementById("theme").addEventListener("click", () => {
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    const root = document.documentElement;
    const now = root.dataset.theme || (dark ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closePanel();
    if (event.key === "/" && !event.target.closest("input, select, textarea")) {
      const field = document.querySelector(`#view-${currentView} input[type=search]`);
      if (field) { event.preventDefault(); field.focus(); }
    }
  });
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();  // the address says which part is shown
    document.getElementById("main").focus();
  });
  window.addEventListener("hashchange", route);
  window.addEventListener("beforeprint", printable);
  window.addEventListener("afterprint", () => { diagram.canvas.removeAttribute("viewBox"); if (currentView === "diagram") fit(); });
  route();
}

start();
