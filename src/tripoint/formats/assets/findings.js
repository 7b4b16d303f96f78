// The findings: filtered and searched; a finding's inside is made when it is opened.

const findingView = { text: "", severities: new Set(), rule: "", database: "", suppressed: false };

function findingsView(root) {
  const live = DATA.findings.filter((finding) => !finding.suppressed);
  const counts = Object.fromEntries(SEVERITIES.map((one) => [one, live.filter((f) => f.severity === one).length]));
  const rules = [...new Set(DATA.findings.map((finding) => finding.rule))].sort();
  const suppressed = DATA.findings.length - live.length;
  const list = h("div", { class: "list", id: "finding-list" });
  const total = h("p", { class: "total", role: "status" });
  const show = () => showFindings(list, total);
  root.append(
    h("h2", { id: "title-findings" }, "Findings"),
    h("div", { class: "bar", role: "search", "aria-label": "Filter the findings" },
      searchField("find-finding", "Search findings", (text) => { findingView.text = text; show(); }),
      h("div", { class: "chips" }, SEVERITIES.filter((one) => counts[one]).map((one) =>
        chip(one, counts[one], false, (on) => {
          findingView.severities[on ? "add" : "delete"](one);
          show();
        }, one))),
      h("label", { class: "select" }, h("span", { class: "offscreen" }, "Rule"),
        h("select", { id: "find-rule", onchange: (event) => { findingView.rule = event.target.value; show(); } },
          h("option", { value: "" }, "All rules"), rules.map((rule) => h("option", { value: rule }, rule)))),
      DATA.databases.length > 1 ? h("label", { class: "select" }, h("span", { class: "offscreen" }, "Database"),
        h("select", { id: "find-database", onchange: (event) => { findingView.database = event.target.value; show(); } },
          h("option", { value: "" }, "All databases"), DATA.databases.map((one) => h("option", { value: one }, one)))) : null,
      suppressed ? chip("suppressed", suppressed, false, (on) => { findingView.suppressed = on; show(); }) : null),
    total, list);
  list.append(...DATA.findings.map(findingCard));
  show();
}

function showFindings(list, total) {
  let shown = 0;
  DATA.findings.forEach((finding, number) => {
    const fits = (findingView.suppressed || !finding.suppressed)
      && (!findingView.severities.size || findingView.severities.has(finding.severity))
      && (!findingView.rule || finding.rule === findingView.rule)
      && (!findingView.database || finding.database === findingView.database)
      && (!findingView.text || textOf(finding).includes(findingView.text));
    list.children[number].hidden = !fits;
    shown += fits;
  });
  total.textContent = shown === DATA.findings.length
    ? plural(shown, "finding") : `${shown.toLocaleString("en")} of ${plural(DATA.findings.length, "finding")}`;
}

function textOf(finding) {
  finding.text ||= [finding.rule, finding.subject, finding.message, finding.help,
    ...finding.spots.map((spot) => `${spot.path}:${spot.line} ${spot.excerpt}`)].join("\n").toLowerCase();
  return finding.text;
}

function findingCard(finding) {
  const body = h("div", { class: "body" });
  const card = h("details", { class: `finding${finding.suppressed ? " suppressed" : ""}`, id: `finding-${finding.id}` },
    h("summary", null, badge(finding.severity),
      h("span", { class: "what" },
        h("span", { class: "subject" }, short(finding.subject),
          DATA.databases.length > 1 ? h("span", { class: "note" }, ` in ${finding.database}`) : null),
        h("span", { class: "message" }, finding.message)),
      h("span", { class: "rule" }, finding.rule,
        finding.state === "new" ? h("span", { class: "tag new" }, "new") : null,
        finding.suppressed ? h("span", { class: "tag" }, `suppressed: ${finding.suppressed}`) : null)),
    body);
  card.addEventListener("toggle", () => card.open && openFinding(card, body, finding));
  return card;
}

function openFinding(card, body, finding) {
  if (body.childElementCount) return;
  const primary = finding.spots.filter((spot) => spot.role === "primary");
  const related = finding.spots.filter((spot) => spot.role !== "primary");
  body.append(...[
    finding.reason ? h("p", { class: "reason" }, `${finding.severity[0].toUpperCase()}${finding.severity.slice(1)}, because ${finding.reason}.`) : null,
    h("div", { class: related.length ? "sides two" : "sides" },
      side("Where it shows", primary), related.length ? side("What stands against it", related) : null),
    finding.help ? h("p", { class: "help" }, h("strong", null, "To mend it: "), finding.help) : null,
    finding.suggestions.length ? h("div", { class: "suggestions" }, h("h3", { class: "minor" }, "What was meant"),
      h("ul", null, finding.suggestions.map(suggestionItem))) : null,
    finding.script ? h("div", { class: "proposal" }, h("h3", { class: "minor" }, "To see it yourself"), sqlBlock(finding.script)) : null,
    ...finding.proposals.map((proposal) => h("div", { class: "proposal" },
      h("h3", { class: "minor" }, "Proposed SQL", h("span", { class: proposal.verified ? "tag good" : "tag" },
        proposal.verified ? "verified by running it" : `not verified${proposal.reason ? `: ${proposal.reason}` : ""}`)),
      sqlBlock(proposal.sql))),
    h("details", { class: "why" }, h("summary", null, `About ${finding.rule}`),
      (DATA.rules[finding.rule] || []).map((part) => h("p", null, h("strong", null, `${part[0]} `), part[1]))),
    finding.tables.length ? h("p", { class: "links" }, finding.tables.map((id) =>
      h("a", { href: `#table/${encodeURIComponent(id)}` }, `Open ${short(TABLES.get(id).name)}`))) : null,
  ].filter(Boolean));
}

function side(title, spots, limit = 6) {
  const box = h("div", { class: "side" }, h("h3", { class: "minor" }, title, h("span", { class: "count" }, String(spots.length))),
    spots.slice(0, limit).map(spotBlock));
  if (spots.length > limit) {
    const more = h("button", { type: "button", class: "more", onclick: () => {
      more.replaceWith(...spots.slice(limit).map(spotBlock));
    } }, `Show ${spots.length - limit} more places`);
    box.append(more);
  }
  return box;
}

const SUGGESTED = { rename: "is what is meant", create: "is still to be created", drop: "can go",
  document: "is still to be documented", "change-code": "is what the code should ask for" };

function suggestionItem(suggestion) {
  return h("li", null,
    h("meter", { min: 0, max: 1, value: suggestion.confidence, "aria-label": "confidence" }),
    h("span", null, h("code", null, short(suggestion.target)), ` ${suggestion.perhaps ? "may be what is meant" : SUGGESTED[suggestion.kind]} `,
      h("span", { class: "note" }, `${Math.round(suggestion.confidence * 100)} %`),
      suggestion.reasons.length ? h("span", { class: "reasons" }, suggestion.reasons.join("; ")) : null));
}

/** Open one finding and bring it to the eye, whatever the filters hide. */
function revealFinding(id) {
  const card = document.getElementById(`finding-${id}`);
  if (!card) return;
  card.hidden = false;
  card.open = true;
  openFinding(card, card.querySelector(".body"), DATA.findings.find((finding) => finding.id === id));
  card.scrollIntoView({ block: "start" });
  card.querySelector("summary").focus({ preventScroll: true });
}
