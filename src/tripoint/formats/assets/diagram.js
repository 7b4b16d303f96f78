// The diagram: laid out by dagre, drawn as SVG. Many tables are collapsed into groups, by schema or by module.

const COLLAPSE_ABOVE = 150;
const ALL_COLUMNS_UP_TO = 12;
const LINE = 20;
const HEAD = 32;
const SHORT_TYPES = { "timestamp with time zone": "timestamptz", "timestamp without time zone": "timestamp",
  "character varying": "varchar", "double precision": "float8", "time with time zone": "timetz", "time without time zone": "time" };

const diagram = {
  ready: false, open: new Set(), groups: new Map(), groupOf: new Map(), columns: "keys", drifts: new Set(),
  text: "", view: { x: 0, y: 0, scale: 1 }, boxes: new Map(), chosen: null,
};

function diagramView(root) {
  const tables = DATA.tables;
  diagram.columns = tables.length <= ALL_COLUMNS_UP_TO ? "all" : "keys";
  groupTables(tables);
  const grouped = diagram.groups.size > 0;
  const canvas = s("svg", { id: "canvas", tabindex: 0, role: "group",
    "aria-label": "Diagram of the tables. Arrow keys move, plus and minus zoom, 0 fits, Tab goes from table to table." });
  diagram.canvas = canvas;
  root.append(
    h("h2", { id: "title-diagram" }, "Diagram"),
    h("div", { class: "bar", role: "search", "aria-label": "Find tables in the diagram" },
      h("label", { class: "search", for: "find-box" }, h("span", { class: "offscreen" }, "Find a table"),
        h("input", { id: "find-box", type: "search", placeholder: "Find a table", autocomplete: "off", spellcheck: "false",
          oninput: (event) => { diagram.text = event.target.value.trim().toLowerCase(); highlight(); },
          onkeydown: (event) => event.key === "Enter" && goToMatch() })),
      h("div", { class: "chips" }, driftChips(tables, (drift, on) => {
        diagram.drifts[on ? "add" : "delete"](drift);
        highlight();
      })),
      h("label", { class: "select" }, h("span", { class: "offscreen" }, "Columns"),
        h("select", { id: "show-columns", onchange: (event) => { diagram.columns = event.target.value; layOut(); } },
          [["all", "All columns"], ["keys", "Keys"], ["none", "Names"]].map(([value, label]) =>
            h("option", { value, selected: value === diagram.columns }, label)))),
      grouped ? h("button", { type: "button", class: "plainly", id: "toggle-groups", onclick: toggleGroups }, "Open all groups") : null,
      h("div", { class: "zoom" },
        h("button", { type: "button", "aria-label": "Zoom out", onclick: () => zoom(1 / 1.3) }, "−"),
        h("button", { type: "button", id: "fit", onclick: fit }, "Fit"),
        h("button", { type: "button", "aria-label": "Zoom in", onclick: () => zoom(1.3) }, "+"))),
    h("div", { class: "canvas" }, canvas),
    h("p", { class: "legend note" }, "A line with a crow's foot leads from many to one; a ring means that it may be none. ",
      "Solid lines are foreign keys, dashed ones are documented only or lead through a junction, red ones dangle."));
  listen(canvas);
}

/** Above the limit: groups by schema, or by the first word of the name where one schema holds nearly all. */
function groupTables(tables) {
  if (tables.length <= COLLAPSE_ABOVE) return;
  const bySchema = count(tables, (table) => `${table.database}/${table.schema}`);
  const largest = Math.max(...bySchema.values());
  const perSchema = bySchema.size > 2 && largest <= COLLAPSE_ABOVE;
  const words = count(tables, module_);
  for (const table of tables) {
    const word = module_(table);
    const name = perSchema ? table.schema : words.get(word) >= 3 ? word : `${table.schema}, others`;
    const key = `group ${table.database} ${name}`;
    if (!diagram.groups.has(key)) diagram.groups.set(key, { key, name, tables: [] });
    diagram.groups.get(key).tables.push(table);
    diagram.groupOf.set(table.id, key);
  }
}

function module_(table) {
  return table.bare.split(/[_\s]/)[0].toLowerCase();
}

function count(items, key) {
  const counts = new Map();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) || 0) + 1);
  return counts;
}

function toggleGroups() {
  const all = diagram.open.size < diagram.groups.size;
  diagram.open = new Set(all ? diagram.groups.keys() : []);
  document.getElementById("toggle-groups").textContent = all ? "Close all groups" : "Open all groups";
  layOut();
}

// ---- layout

/** The key of the box in which a table stands now: its own, or its group's. */
function standsIn(id) {
  const group = diagram.groupOf.get(id);
  return group && !diagram.open.has(group) ? group : id;
}

function shortType(type) {
  const bare = (type || "?").replace(/^public\./, "");
  return SHORT_TYPES[bare] || bare;
}

function fieldsShown(table) {
  if (diagram.columns === "none") return [];
  const fields = diagram.columns === "all" ? table.columns : table.columns.filter((c) => c.primary || c.foreign);
  return fields.slice(0, 40);
}

function makeBoxes() {
  const boxes = new Map();
  for (const table of DATA.tables) {
    const key = standsIn(table.id);
    if (key === table.id) {
      const fields = fieldsShown(table);
      const left = table.columns.length - fields.length;
      const texts = fields.map((f) => f.name.length + shortType(f.type).length + 4);
      const width = Math.max(150, 7.1 * Math.max(short(table.name).length + 4, ...texts) + 22);
      const rows = fields.length + (left && diagram.columns !== "none" ? 1 : 0);
      boxes.set(key, { key, table, fields, left, drift: table.drift, width: Math.min(width, 420), height: HEAD + LINE * rows + (rows ? 6 : 0) });
    } else if (!boxes.has(key)) {
      const group = diagram.groups.get(key);
      const drift = Object.keys(DRIFTS).filter((one) => group.tables.some((t) => t.drift.includes(one)));
      boxes.set(key, { key, group, fields: [], drift, width: Math.max(170, group.name.length * 8 + 40), height: 60 });
    }
  }
  return boxes;
}

function layOut(keep = null) {
  const boxes = makeBoxes();
  const edges = new Map();
  for (const r of DATA.relationships) {
    const from = standsIn(r.from);
    const to = standsIn(r.to);
    if (from === to && from !== r.from) continue;
    const own = from === r.from && to === r.to;
    const key = own ? `${r.from}|${r.fromColumns}|${r.to}|${r.through || ""}` : `${from}|${to}`;
    if (!edges.has(key)) edges.set(key, { from, to, relation: own ? r : null, count: 0 });
    edges.get(key).count++;
  }
  const parts = components(boxes, [...edges.values()]);
  pack([...parts.filter((part) => part.keys.length > 1).map((part) => arrange(part, boxes)),
    alone(parts.filter((part) => part.keys.length === 1).map((part) => boxes.get(part.keys[0])))]);
  diagram.boxes = boxes;
  draw(boxes, [...edges.values()]);
  diagram.ready = true;
  if (keep && boxes.has(keep)) center(keep); else fit();
  highlight();
}

/** The boxes that lines connect, each with the lines among them; what many-to-many relates does not count. */
function components(boxes, edges) {
  const root = new Map([...boxes.keys()].map((key) => [key, key]));
  const find = (key) => {
    while (root.get(key) !== key) {
      root.set(key, root.get(root.get(key)));
      key = root.get(key);
    }
    return key;
  };
  const direct = edges.filter((edge) => edge.from !== edge.to && !(edge.relation && edge.relation.through));
  for (const edge of direct) root.set(find(edge.from), find(edge.to));
  const parts = new Map();
  for (const key of boxes.keys()) {
    if (!parts.has(find(key))) parts.set(find(key), { keys: [], edges: [] });
    parts.get(find(key)).keys.push(key);
  }
  for (const edge of direct) parts.get(find(edge.from)).edges.push(edge);
  return [...parts.values()];
}

/** Lay one component out by dagre, at the origin. The many leaves of one box stand together as a block of columns. */
function arrange({ keys, edges }, boxes) {
  const neighbours = new Map(keys.map((key) => [key, new Set()]));
  for (const edge of edges) {
    neighbours.get(edge.from).add(edge.to);
    neighbours.get(edge.to).add(edge.from);
  }
  const blocks = new Map();
  for (const edge of edges) {
    if (neighbours.get(edge.from).size > 1 || neighbours.get(edge.to).size === 1) continue;
    if (!blocks.has(edge.to)) blocks.set(edge.to, new Set());
    blocks.get(edge.to).add(edge.from);
  }
  const inBlock = new Map();
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "RL", nodesep: 26, ranksep: 74, edgesep: 12, ranker: keys.length > 60 ? "tight-tree" : "network-simplex" });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const [hub, leaves] of blocks) {
    if (leaves.size < 5) continue;
    const block = grid([...leaves].map((key) => boxes.get(key)));
    const name = `block ${hub}`;
    graph.setNode(name, { width: block.width, height: block.height, block });
    graph.setEdge(name, hub, {}, name);
    for (const key of leaves) inBlock.set(key, name);
  }
  for (const key of keys) if (!inBlock.has(key)) graph.setNode(key, { width: boxes.get(key).width, height: boxes.get(key).height });
  edges.forEach((edge, number) => {
    if (!inBlock.has(edge.from)) graph.setEdge(edge.from, edge.to, {}, String(number));
  });
  dagre.layout(graph);
  for (const name of graph.nodes()) {
    const node = graph.node(name);
    const [x, y] = [node.x - node.width / 2, node.y - node.height / 2];
    if (node.block) node.block.placed.forEach(({ box, left, top }) => Object.assign(box, { x: x + left, y: y + top }));
    else Object.assign(boxes.get(name), { x, y });
  }
  edges.forEach((edge, number) => {
    edge.points = inBlock.has(edge.from) ? null : graph.edge(edge.from, edge.to, String(number)).points;
  });
  const { width, height } = graph.graph();
  return { boxes: keys.map((key) => boxes.get(key)), edges, width, height };
}

/** The boxes without a line, as one component. */
function alone(boxes) {
  if (!boxes.length) return { boxes, edges: [], width: 0, height: 0 };
  const { placed, width, height } = grid(boxes);
  for (const { box, left, top } of placed) Object.assign(box, { x: left, y: top });
  return { boxes, edges: [], width, height };
}

/** Place boxes in columns, about twice as tall as wide. */
function grid(boxes) {
  const area = boxes.reduce((sum, box) => sum + (box.width + 30) * (box.height + 22), 0);
  const limit = Math.max(...boxes.map((box) => box.height), Math.sqrt(area * 1.3));
  const placed = [];
  let [left, top, widest, height] = [0, 0, 0, 0];
  for (const box of boxes) {
    if (top > 0 && top + box.height > limit) {
      left += widest + 30;
      [top, widest] = [0, 0];
    }
    placed.push({ box, left, top });
    top += box.height + 22;
    widest = Math.max(widest, box.width);
    height = Math.max(height, top - 22);
  }
  return { placed, width: left + widest, height };
}

/** Put the components on shelves, the tallest first, so that the whole has about the shape of a screen. */
function pack(parts) {
  parts.sort((a, b) => b.height - a.height || b.width - a.width);
  const area = parts.reduce((sum, part) => sum + (part.width + 40) * (part.height + 40), 0);
  const limit = Math.max(...parts.map((part) => part.width), Math.sqrt(area * 2));
  let [x, y, tallest] = [24, 24, 0];
  for (const part of parts) {
    if (x > 24 && x + part.width > limit + 24) {
      x = 24;
      y += tallest + 40;
      tallest = 0;
    }
    for (const box of part.boxes) Object.assign(box, { x: box.x + x, y: box.y + y });
    for (const edge of part.edges) if (edge.points) edge.points = edge.points.map((point) => ({ x: point.x + x, y: point.y + y }));
    x += part.width + 40;
    tallest = Math.max(tallest, part.height);
  }
}

// ---- drawing

function marker(id, path, ring) {
  return s("marker", { id, viewBox: "-2 -7 22 14", markerWidth: 22, markerHeight: 14, refX: 18, refY: 0, orient: "auto-start-reverse", markerUnits: "userSpaceOnUse" },
    s("path", { class: "foot", d: path }), ring ? s("circle", { class: "foot ring", cx: ring, cy: 0, r: 4 }) : null);
}

const FEET = { one: "end-one", "zero-or-one": "end-zero-or-one", many: "end-many" };

function draw(boxes, edges) {
  const lines = s("g", { "aria-hidden": "true" });
  for (const edge of edges) lines.append(drawLine(edge, boxes));
  const nodes = s("g");
  for (const box of boxes.values()) nodes.append(box.group ? drawGroup(box) : drawBox(box));
  diagram.layer = s("g", { id: "layer" }, lines, nodes);
  diagram.canvas.replaceChildren(s("defs", null,
    marker("end-one", "M8 -5V5M13 -5V5"), marker("end-zero-or-one", "M14 -5V5", 6), marker("end-many", "M18 -6L7 0L18 6")), diagram.layer);
}

function drawLine(edge, boxes) {
  const one = boxes.get(edge.from);
  const other = boxes.get(edge.to);
  let path;
  if (edge.points) {
    const [first, ...rest] = edge.points;
    path = `M${first.x} ${first.y}`;
    for (let i = 0; i < rest.length - 1; i++) {
      const end = i === rest.length - 2 ? rest[i + 1] : { x: (rest[i].x + rest[i + 1].x) / 2, y: (rest[i].y + rest[i + 1].y) / 2 };
      path += `Q${rest[i].x} ${rest[i].y} ${end.x} ${end.y}`;
    }
    if (rest.length === 1) path += `L${rest[0].x} ${rest[0].y}`;
  } else if (edge.from === edge.to) {
    const x = one.x + one.width;
    path = `M${x} ${one.y + 12}C${x + 50} ${one.y + 4} ${x + 50} ${one.y + 44} ${x} ${one.y + 34}`;
  } else {
    // From a block's leaf, or through a junction: straight from side to side, around where they stand above one another.
    const right = one.x >= other.x + other.width;
    const left = other.x >= one.x + one.width;
    const from = { x: right ? one.x : one.x + one.width, y: one.y + 16 };
    const to = { x: left ? other.x : other.x + other.width, y: other.y + 16 };
    const bend = right || left ? Math.abs(to.x - from.x) / 2 : 60;
    path = `M${from.x} ${from.y}C${from.x + (right ? -bend : bend)} ${from.y} ${to.x + (left ? -bend : bend)} ${to.y} ${to.x} ${to.y}`;
  }
  const relation = edge.relation;
  const classes = ["edge"];
  if (relation && (relation.through || relation.status === "documented-only")) classes.push("open");
  if (relation && (relation.status === "dangling" || relation.status === "mismatched")) classes.push("broken");
  const element = s("path", { class: classes.join(" "), d: path, "data-from": edge.from, "data-to": edge.to,
    "marker-start": relation ? `url(#${FEET[relation.fromMany]})` : null, "marker-end": relation ? `url(#${FEET[relation.toMany]})` : null });
  if (!relation) element.setAttribute("stroke-width", String(Math.min(1 + edge.count / 3, 5)));
  element.append(s("title", null, relation ? `${short(relation.fromText)} → ${short(relation.toText)}: ${relation.status}` : plural(edge.count, "relationship")));
  return element;
}

function drawBox(box) {
  const { table } = box;
  const label = `${short(table.name)}${table.drift.length ? `, ${table.drift.map((one) => DRIFTS[one]).join(", ")}` : ""}, ${plural(table.columns.length, "column")}`;
  const rows = box.fields.map((field, number) => {
    const y = HEAD + LINE * number + 15;
    return [
      s("text", { x: 11, y, class: field.primary ? "primary" : field.foreign ? "foreign" : null }, cut(field.name, box.width - 80)),
      s("text", { x: box.width - 11, y, class: "type", "text-anchor": "end" }, cut(shortType(field.type), box.width - 40 - field.name.length * 7)),
    ];
  });
  if (box.left && diagram.columns !== "none") {
    rows.push(s("text", { x: 11, y: HEAD + LINE * box.fields.length + 15, class: "type" }, box.fields.length ? `and ${box.left} more` : plural(box.left, "column")));
  }
  return boxElement(box, label, () => { location.hash = `#table/${encodeURIComponent(table.id)}`; },
    s("rect", { class: "frame", width: box.width, height: box.height, rx: 6 }),
    s("path", { class: "head", d: headPath(box.width) }),
    s("text", { class: "title", x: 11, y: 21 }, cut(short(table.name), box.width - 24)), rows);
}

function headPath(width) {
  return `M1 ${HEAD - 4}V6a5 5 0 0 1 5 -5H${width - 6}a5 5 0 0 1 5 5V${HEAD - 4}Z`;
}

function drawGroup(box) {
  const { group } = box;
  const marks = box.drift.map((drift) => `${group.tables.filter((t) => t.drift.includes(drift)).length} ${DRIFTS[drift]}`);
  const element = boxElement(box, `Group ${group.name}, ${plural(group.tables.length, "table")}${marks.length ? `, ${marks.join(", ")}` : ""}. Enter opens it.`,
    () => openGroup(group.key),
    s("rect", { class: "frame back", x: 4, y: 4, width: box.width, height: box.height, rx: 6 }),
    s("rect", { class: "frame", width: box.width, height: box.height, rx: 6 }),
    s("text", { class: "title", x: 14, y: 25 }, group.name),
    s("text", { class: "type", x: 14, y: 45 }, plural(group.tables.length, "table")),
    box.drift.map((drift, number) => s("circle", { class: `dot ${drift}`, cx: box.width - 16 - 14 * number, cy: 41, r: 4.5 })));
  element.classList.add("group");
  element.append(s("title", null, marks.join(", ") || "Open this group"));
  return element;
}

function boxElement(box, label, chosen, ...content) {
  const element = s("g", { class: `box ${box.group ? "" : box.drift[0] || ""}${box.table && box.table.platform ? " platform" : ""}`,
    transform: `translate(${box.x} ${box.y})`, tabindex: 0, role: "button", "aria-label": label, "data-key": box.key }, content);
  element.addEventListener("click", () => { if (!diagram.dragged) chosen(); });
  element.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); chosen(); }
  });
  element.addEventListener("focus", () => { trace(box.key); if (element.matches(":focus-visible")) intoView(box); });
  element.addEventListener("mouseenter", () => trace(box.key));
  element.addEventListener("mouseleave", () => trace(null));
  element.addEventListener("blur", () => trace(null));
  box.element = element;
  return element;
}

function cut(text, width) {
  const room = Math.max(4, Math.floor(width / 6.6));
  return text.length > room ? `${text.slice(0, room - 1)}…` : text;
}

// ---- moving about

function apply() {
  const { x, y, scale } = diagram.view;
  diagram.layer.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
}

function bounds() {
  const boxes = [...diagram.boxes.values()];
  return { left: Math.min(...boxes.map((b) => b.x)), top: Math.min(...boxes.map((b) => b.y)),
    right: Math.max(...boxes.map((b) => b.x + b.width)), bottom: Math.max(...boxes.map((b) => b.y + b.height)) };
}

function fit() {
  if (!diagram.boxes.size) return;
  const { width, height } = diagram.canvas.getBoundingClientRect();
  const box = bounds();
  const scale = Math.min(1.1, (width - 40) / (box.right - box.left), (height - 40) / (box.bottom - box.top));
  diagram.view = { scale, x: (width - (box.left + box.right) * scale) / 2, y: (height - (box.top + box.bottom) * scale) / 2 };
  // For print, where the page's size is not known: the whole drawing, whatever is on the screen.
  diagram.canvas.dataset.whole = `${box.left - 20} ${box.top - 20} ${box.right - box.left + 40} ${box.bottom - box.top + 40}`;
  apply();
}

function zoom(factor, at = null) {
  const { width, height } = diagram.canvas.getBoundingClientRect();
  const point = at || { x: width / 2, y: height / 2 };
  const view = diagram.view;
  const scale = Math.min(3, Math.max(0.03, view.scale * factor));
  view.x = point.x - (point.x - view.x) * (scale / view.scale);
  view.y = point.y - (point.y - view.y) * (scale / view.scale);
  view.scale = scale;
  apply();
}

function center(key) {
  const box = diagram.boxes.get(key);
  const { width, height } = diagram.canvas.getBoundingClientRect();
  const scale = Math.max(diagram.view.scale, 0.9);
  diagram.view = { scale, x: width / 2 - (box.x + box.width / 2) * scale, y: height / 2 - (box.y + box.height / 2) * scale };
  apply();
}

function intoView(box) {
  const { width, height } = diagram.canvas.getBoundingClientRect();
  const { x, y, scale } = diagram.view;
  const left = box.x * scale + x;
  const top = box.y * scale + y;
  if (left < 0 || top < 0 || left + box.width * scale > width || top + box.height * scale > height) center(box.key);
}

function listen(canvas) {
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    const place = canvas.getBoundingClientRect();
    zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), { x: event.clientX - place.left, y: event.clientY - place.top });
  }, { passive: false });
  let size = null;
  new ResizeObserver(([entry]) => {
    const { width, height } = entry.contentRect;
    if (size && width && size.width && diagram.ready) {
      diagram.view.x += (width - size.width) / 2;
      diagram.view.y += (height - size.height) / 2;
      apply();
    }
    size = { width, height };
  }).observe(canvas);
  let start = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    start = { x: event.clientX, y: event.clientY, view: { ...diagram.view } };
    diagram.dragged = false;
  });
  window.addEventListener("pointermove", (event) => {
    if (!start) return;
    const dx = event.clientX - start.x;
    const dy = event.clientY - start.y;
    if (Math.abs(dx) + Math.abs(dy) > 4) diagram.dragged = true;
    if (!diagram.dragged) return;
    canvas.classList.add("dragging");
    Object.assign(diagram.view, { x: start.view.x + dx, y: start.view.y + dy });
    apply();
  });
  window.addEventListener("pointerup", () => { start = null; canvas.classList.remove("dragging"); });
  const moves = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
  canvas.addEventListener("keydown", (event) => {
    if (moves[event.key]) {
      diagram.view.x += moves[event.key][0];
      diagram.view.y += moves[event.key][1];
      apply();
    } else if (event.key === "+" || event.key === "=") zoom(1.3);
    else if (event.key === "-") zoom(1 / 1.3);
    else if (event.key === "0") fit();
    else return;
    event.preventDefault();
  });
}

// ---- finding and marking

function matches(box) {
  const tables = box.group ? box.group.tables : [box.table];
  return tables.some((table) => (!diagram.text || table.name.toLowerCase().includes(diagram.text))
    && (!diagram.drifts.size || table.drift.some((one) => diagram.drifts.has(one))));
}

function highlight() {
  const active = diagram.text || diagram.drifts.size;
  diagram.canvas.classList.toggle("searching", Boolean(active));
  for (const box of diagram.boxes.values()) box.element.classList.toggle("match", Boolean(active) && matches(box));
}

/** Mark a box and the lines that lead from and to it. */
function trace(key) {
  for (const edge of diagram.canvas.querySelectorAll(".edge")) {
    edge.classList.toggle("traced", key !== null && (edge.dataset.from === key || edge.dataset.to === key));
  }
}

function goToMatch() {
  const found = DATA.tables.filter((table) => table.name.toLowerCase().includes(diagram.text));
  found.sort((a, b) => a.bare.length - b.bare.length);
  if (!diagram.text || !found.length) return say("No table of that name");
  showInDiagram(found[0].id);
}

function openGroup(key) {
  diagram.open.add(key);
  layOut(diagram.groups.get(key).tables[0].id);
}

function showInDiagram(id) {
  show("diagram");
  const group = diagram.groupOf.get(id);
  if (group && !diagram.open.has(group)) {
    diagram.open.add(group);
    layOut(id);
  }
  center(id);
  for (const box of diagram.boxes.values()) box.element.classList.toggle("chosen", box.key === id);
  diagram.boxes.get(id).element.focus({ preventScroll: true });
}
