// The inventory of tables, functions, enums and relationships, and the panel that shows all about one table.

const tableView = { text: "", drifts: new Set() };
const HELD = { true: "✓", false: "–", null: "" };

function tablesView(root) {
  const rows = DATA.tables.filter((table) => !table.platform);
  const body = h("tbody");
  const total = h("p", { class: "total", role: "status" });
  const filter = () => {
    let shown = 0;
    rows.forEach((table, number) => {
      const fits = (!tableView.drifts.size || table.drift.some((one) => tableView.drifts.has(one)))
        && (!tableView.text || `${table.name} ${table.columns.map((c) => c.name).join(" ")}`.toLowerCase().includes(tableView.text));
      body.children[number].hidden = !fits;
      shown += fits;
    });
    total.textContent = shown === rows.length ? plural(shown, "table") : `${shown} of ${plural(rows.length, "table")}`;
  };
  root.append(
    h("h2", { id: "title-tables" }, "Tables"),
    h("div", { class: "bar", role: "search", "aria-label": "Filter the tables" },
      searchField("find-table", "Search tables and columns", (text) => { tableView.text = text; filter(); }),
      h("div", { class: "chips" }, driftChips(rows, (drift, on) => {
        tableView.drifts[on ? "add" : "delete"](drift);
        filter();
      }))),
    total,
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "All tables" }, h("table", { class: "inventory" },
      h("thead", null, h("tr", null, ["Table", "State", "Documented", "Defined", "Used", "Held", "Row security", "Columns"].map(
        (title) => h("th", { scope: "col" }, title)))), body)),
    ...otherInventory());
  body.append(...rows.map(tableRow));
  filter();
}

function driftChips(tables, toggled) {
  return Object.entries(DRIFTS).map(([drift, label]) => {
    const count = tables.filter((table) => table.drift.includes(drift)).length;
    return count ? chip(label, count, false, (on) => toggled(drift, on), drift) : null;
  });
}

function tableRow(table) {
  const spots = (list) => h("td", { class: "figure" }, list.length ? String(list.length) : h("span", { class: "none" }, "–"));
  const security = table.rowSecurity === null ? "" : table.rowSecurity ? plural(table.policies.length, "policy", "policies") : "off";
  return h("tr", null,
    h("th", { scope: "row" }, h("a", { href: `#table/${encodeURIComponent(table.id)}` }, breakable(short(table.name))),
      DATA.databases.length > 1 ? h("span", { class: "note" }, ` ${table.database}`) : null,
      table.kind === "table" ? null : h("span", { class: "note" }, ` ${table.kind.replace("-", " ")}`)),
    h("td", null, driftTags(table.drift)),
    spots(table.documented), spots(table.defined), spots(table.used),
    h("td", { class: "figure" }, HELD[table.held]), h("td", null, security),
    h("td", { class: "figure" }, String(table.columns.length)));
}

function otherInventory() {
  const parts = [];
  if (DATA.relationships.length) {
    parts.push(h("details", { class: "fold" }, h("summary", null, `Relationships (${DATA.relationships.filter((r) => !r.through).length})`),
      h("table", { class: "inventory" },
        h("thead", null, h("tr", null, ["From", "To", "State", "Where"].map((title) => h("th", { scope: "col" }, title)))),
        h("tbody", null, DATA.relationships.filter((r) => !r.through).map((r) => h("tr", null,
          h("td", null, h("code", null, short(r.fromText))), h("td", null, h("code", null, short(r.toText))),
          h("td", null, h("span", { class: `tag ${r.status}` }, r.status)),
          h("td", { class: "where" }, r.spots.slice(0, 2).map((spot) => h("div", null, `${spot.path}:${spot.line}`)))))))));
  }
  if (DATA.functions.length) {
    parts.push(h("details", { class: "fold" }, h("summary", null, `Functions (${DATA.functions.length})`),
      h("ul", { class: "plain" }, DATA.functions.map((one) => h("li", null,
        h("code", null, `${short(one.name)}(${one.arguments.join(", ")})${one.returns ? ` → ${one.returns}` : ""}`),
        one.defined.length ? null : h("span", { class: "tag missing" }, "missing"),
        h("span", { class: "note" }, ` ${plural(one.used.length, "call")}`))))));
  }
  if (DATA.enums.length) {
    parts.push(h("details", { class: "fold" }, h("summary", null, `Enums (${DATA.enums.length})`),
      h("ul", { class: "plain" }, DATA.enums.map((one) => h("li", null, h("code", null, short(one.name)), ` ${one.values.join(", ")}`)))));
  }
  return parts;
}

// ---- the panel

let panelOpener = null;

function openTable(id) {
  const table = TABLES.get(id);
  if (!table) return;
  const panel = document.getElementById("panel");
  if (panel.hidden) panelOpener = document.activeElement;
  const title = h("h2", { id: "panel-title", tabindex: -1 }, short(table.name));
  panel.replaceChildren(
    h("div", { class: "panel-head" }, title, driftTags(table.drift),
      h("button", { type: "button", class: "quiet close", "aria-label": "Close", onclick: closePanel }, "×")),
    h("div", { class: "panel-body" }, ...panelParts(table).filter(Boolean)));
  panel.hidden = false;
  document.body.classList.add("with-panel");
  markOpened(id);
  title.focus({ preventScroll: true });
  panel.scrollTop = 0;
}

function closePanel() {
  const panel = document.getElementById("panel");
  if (panel.hidden) return;
  panel.hidden = true;
  document.body.classList.remove("with-panel");
  markOpened(null);
  if (location.hash.startsWith("#table/")) history.replaceState(null, "", `#${currentView}`);
  if (panelOpener && panelOpener.isConnected) panelOpener.focus({ preventScroll: true });
}

function part(title, count, ...content) {
  return h("section", null, h("h3", null, title, count === null ? null : h("span", { class: "count" }, String(count))), content);
}

function panelParts(table) {
  const findings = FINDINGS_OF.get(table.id) || [];
  const relations = DATA.relationships.filter((r) => r.from === table.id || r.to === table.id);
  return [
    h("p", { class: "facts" }, [table.kind.replace("-", " "), table.platform ? "of the platform" : null,
      table.junction ? "junction" : null, DATA.databases.length > 1 ? `database ${table.database}` : null,
      table.rowSecurity === null ? null : table.rowSecurity ? "row security on" : "row security off"].filter(Boolean).join(" · "),
      " ", h("a", { href: "#diagram", onclick: (event) => { event.preventDefault(); showInDiagram(table.id); } }, "Show in the diagram")),
    table.comment ? h("p", null, table.comment) : null,
    findings.length ? part("Findings", findings.length, h("ul", { class: "plain" }, findings.map((f) => h("li", null,
      badge(f.severity), " ", h("a", { href: `#finding/${f.id}` }, f.message))))) : null,
    part("Columns", table.columns.length, h("div", { class: "scroll" }, h("table", { class: "columns" },
      h("thead", null, h("tr", null, ["Column", "Type", "Doc.", "Used"].map((one) => h("th", { scope: "col" }, one)))),
      h("tbody", null, table.columns.map((column) => h("tr", { class: column.defined || table.drift.includes("missing") ? null : "absent" },
        h("th", { scope: "row" }, column.name, column.primary ? h("span", { class: "key" }, "PK") : null,
          column.foreign ? h("span", { class: "key" }, "FK") : null, column.unique ? h("span", { class: "key" }, "UK") : null,
          column.comment ? h("span", { class: "note block" }, column.comment) : null),
        h("td", null, h("code", null, column.type || "?"), column.nullable === false ? h("span", { class: "note" }, " not null") : null,
          column.defined || table.drift.includes("missing") ? null : h("span", { class: "tag missing" }, "missing"),
          column.default ? h("span", { class: "note block" }, `default ${column.default}`) : null),
        h("td", { class: "figure" }, HELD[column.documented]), h("td", { class: "figure" }, HELD[column.used]))))))),
    relations.length ? part("Relations", relations.length, h("ul", { class: "plain" }, relations.map((r) => relationItem(r, table)))) : null,
    table.rowSecurity === null ? null : part("Policies", table.policies.length, table.policies.length
      ? table.policies.map((policy) => h("div", { class: "policy" }, h("p", null, h("strong", null, policy.name), " ",
        h("span", { class: "note" }, `${policy.permissive ? "" : "restrictive, "}${policy.command} to ${policy.roles.join(", ")}`)),
        policy.using ? h("pre", { tabindex: 0 }, h("code", null, `using (${policy.using})`)) : null,
        policy.check ? h("pre", { tabindex: 0 }, h("code", null, `with check (${policy.check})`)) : null))
      : h("p", { class: "note" }, table.rowSecurity ? "Row security is on and no policy allows anything." : "None.")),
    table.access.length ? part("Proven access", null, [sameAccess(table), accessMatrix(table.access)]) : null,
    table.indexes.length ? part("Keys and indexes", table.indexes.length, h("ul", { class: "plain" }, table.indexes.map((index) =>
      h("li", null, h("code", null, `(${index.columns.join(", ")})`), index.unique ? h("span", { class: "key" }, "unique") : null,
        h("span", { class: "note" }, ` ${index.name}`))))) : null,
    table.used.length ? part("Used in code", table.used.length, placeList(table.used, table.bare)) : null,
    table.defined.length ? part("Defined", table.defined.length, placeList(table.defined, table.bare)) : null,
    table.documented.length ? part("Documented", table.documented.length, placeList(table.documented, table.bare)) : null,
  ];
}

function relationItem(r, table) {
  const outward = r.from === table.id;
  const other = outward ? r.to : r.from;
  const words = r.through ? "many to many with" : outward ? "refers to" : "is referred to by";
  return h("li", null,
    h("span", null, r.through ? null : h("code", null, (outward ? r.fromColumns : r.toColumns).join(", ") || "?"), ` ${words} `),
    h("a", { href: `#table/${encodeURIComponent(other)}` }, short(TABLES.get(other).name)),
    r.through ? h("span", { class: "note" }, ` through ${short(r.through)}`) : null, " ",
    h("span", { class: `tag ${r.status}` }, r.status));
}

const OPERATIONS = ["select", "insert", "update", "delete"];
const OUTCOMES = { allowed: ["✓", "allowed"], denied: ["–", "denied"], "not-proven": ["?", "not proven"] };
const WHOSE = { own: "their own", tenant: "a colleague's", other: "a stranger's", any: "any" };

const outcomesOf = (table) => JSON.stringify(table.access.map((cell) => [cell.role, cell.rows, cell.where, cell.operation, cell.outcome]));

/** The tables of which the same was seen: one matrix that was read is enough. */
function sameAccess(table) {
  const mine = outcomesOf(table);
  const same = [...TABLES.values()].filter((one) => one !== table && one.access.length === table.access.length && outcomesOf(one) === mine);
  return same.length ? h("p", { class: "note" }, "The same as ", same.map((one, number) => [number ? ", " : null,
    h("a", { href: `#table/${encodeURIComponent(one.id)}` }, short(one.name))])) : null;
}

/** Who may do what to whose rows, as it was seen by doing it. */
function accessMatrix(access) {
  const roles = [...new Set(access.map((cell) => cell.role))];
  const reasons = [...new Set(access.filter((cell) => cell.outcome === "not-proven" && cell.reason).map((cell) => cell.reason))];
  return [
    h("div", { class: "scroll" }, h("table", { class: "matrix" },
      h("thead", null, h("tr", null, ["Role", "Rows", ...OPERATIONS].map((one) => h("th", { scope: "col" }, one)))),
      roles.map((role) => {
        const cells = access.filter((cell) => cell.role === role);
        const lines = new Map();
        for (const cell of cells) {
          const line = `${WHOSE[cell.rows]}${cell.where ? `, where ${cell.where}` : ""}`;
          lines.set(line, [...(lines.get(line) ?? []), cell]);
        }
        const order = (found) => Object.keys(WHOSE).indexOf(found[0].rows);
        const whose = [...lines].sort((one, other) => order(one[1]) - order(other[1]));
        return h("tbody", null, whose.map(([line, found], number) => h("tr", null,
          number ? null : h("th", { scope: "rowgroup", rowspan: whose.length }, role),
          h("td", { class: "whose" }, line),
          OPERATIONS.map((operation) => accessCell(found.find((one) => one.operation === operation))))));
      }))),
    reasons.length ? h("p", { class: "note" }, `Not proven: ${reasons.join("; ")}`) : null,
  ];
}

function accessCell(cell) {
  if (!cell) return h("td");
  const [sign, word] = OUTCOMES[cell.outcome];
  const wide = cell.outcome === "allowed" && (cell.role === "anon" || cell.rows === "other" || cell.rows === "any");
  return h("td", { title: [word, cell.reason, cell.statement].filter(Boolean).join("\n") },
    h("span", { class: `outcome ${wide ? "wide" : cell.outcome}` }, h("span", { "aria-hidden": "true" }, sign), h("span", { class: "offscreen" }, word)));
}
