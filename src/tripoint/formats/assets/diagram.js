// The diagram: laid out by dagre. Many tables are collapsed into groups, by schema or by module. `draw.js` draws it.

const COLLAPSE_ABOVE = 150;
const HUB = 8;  // A table that so many others refer to draws every layout together: its lines stand aside.
const ALL_COLUMNS_UP_TO = 12;
const GAP = 40;
const LINE = 20;
const HEAD = 32;
const SHORT_TYPES = { "timestamp with time zone": "timestamptz", "timestamp without time zone": "timestamp",
  "character varying": "varchar", "double precision": "float8", "time with time zone": "timetz", "time without time zone": "time" };

const diagram = {
  ready: false, open: new Set(), groups: new Map(), groupOf: new Map(), columns: "keys", lines: "main", hubs: 0, drifts: new Set(),
  text: "", view: { x: 0, y: 0, scale: 1 }, boxes: new Map(), opened: null, database: DATA.databases[0],
};

/** The tables of the database that is drawn: of several, one at a time. */
function drawnTables() {
  return DATA.tables.filter((table) => table.database === diagram.database);
}

function diagramView(root) {
  const tables = DATA.tables;
  diagram.columns = tables.length <= ALL_COLUMNS_UP_TO ? "all" : "keys";
  for (const database of DATA.databases) groupTables(tables.filter((table) => table.database === database));
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
      DATA.databases.length > 1 ? h("label", { class: "select" }, h("span", { class: "offscreen" }, "Database"),
        h("select", { id: "show-database", onchange: (event) => { diagram.database = event.target.value; layOut(); } },
          DATA.databases.map((database) => h("option", { value: database }, database)))) : null,
      h("label", { class: "select" }, h("span", { class: "offscreen" }, "Columns"),
        h("select", { id: "show-columns", onchange: (event) => { diagram.columns = event.target.value; layOut(); } },
          [["all", "All columns"], ["keys", "Keys"], ["none", "Names"]].map(([value, label]) =>
            h("option", { value, selected: value === diagram.columns }, label)))),
      h("label", { class: "select" }, h("span", { class: "offscreen" }, "Lines"),
        h("select", { id: "show-lines", onchange: (event) => { diagram.lines = event.target.value; layOut(); } },
          h("option", { value: "main" }, "Main lines"), h("option", { value: "all" }, "All lines"))),
      grouped ? h("button", { type: "button", class: "plainly", id: "toggle-groups", onclick: toggleGroups }, "Open all groups") : null,
      h("div", { class: "zoom" },
        h("button", { type: "button", "aria-label": "Zoom out", onclick: () => zoom(1 / 1.3) }, "−"),
        h("button", { type: "button", id: "fit", onclick: fit }, "Fit"),
        h("button", { type: "button", "aria-label": "Zoom in", onclick: () => zoom(1.3) }, "+"))),
    h("div", { class: "canvas" }, canvas),
    h("p", { class: "legend note" }, "A line with a crow's foot leads from many to one; a ring means that it may be none. ",
      "Solid lines are foreign keys, dashed ones are documented only or lead through a junction, red ones dangle. ",
      h("span", { id: "aside" })));
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

const TARGETS = new Map(DATA.relationships.filter((r) => !r.through && r.fromColumns.length === 1)
  .map((r) => [`${r.from} ${r.fromColumns[0]}`, r.to]));

/** What stands on the right of a field: the table that it refers to, else its type. */
function fieldNote(table, field) {
  const target = field.foreign && TARGETS.get(`${table.id} ${field.name}`);
  const text = target ? `→ ${short(TABLES.get(target).name)}` : shortType(field.type);
  return text.length > 26 ? `${text.slice(0, 25)}…` : text;
}

function fieldsShown(table) {
  if (diagram.columns === "none") return [];
  const fields = diagram.columns === "all" ? table.columns : table.columns.filter((c) => c.primary || c.foreign);
  return fields.slice(0, 40);
}

function makeBoxes() {
  const boxes = new Map();
  for (const table of drawnTables()) {
    if (table.platform && diagram.lines === "main") continue;
    const key = standsIn(table.id);
    if (key === table.id) {
      const fields = fieldsShown(table);
      const left = table.columns.length - fields.length;
      const texts = fields.map((f) => f.name.length + fieldNote(table, f).length + 4);
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
    if ((from === to && from !== r.from) || !boxes.has(from) || !boxes.has(to)) continue;
    const own = from === r.from && to === r.to;
    const key = own ? `${r.from}|${r.fromColumns}|${r.to}|${r.through || ""}` : `${from}|${to}`;
    if (!edges.has(key)) edges.set(key, { from, to, relation: own ? r : null, count: 0 });
    edges.get(key).count++;
  }
  standAside([...edges.values()]);
  const parts = components(boxes, [...edges.values()]);
  pack([...parts.filter((part) => part.keys.length > 1).map((part) => arrange(part, boxes)),
    alone(parts.filter((part) => part.keys.length === 1).map((part) => boxes.get(part.keys[0])))]);
  diagram.boxes = boxes;
  draw(boxes, [...edges.values()]);
  diagram.ready = true;
  markOpened(diagram.opened);
  if (keep && boxes.has(keep)) center(keep); else fit();
  highlight();
}

/** Lines to a table that many refer to, and those through a junction, are drawn when one of their ends is pointed at. */
function standAside(edges) {
  const referring = new Map();
  for (const edge of edges) {
    if (!referring.has(edge.to)) referring.set(edge.to, new Set());
    referring.get(edge.to).add(edge.from);
  }
  const hubs = new Set([...referring].filter(([, from]) => from.size >= HUB).map(([key]) => key));
  const main = diagram.lines === "main";
  const between = edges.filter((edge) => !edge.relation);
  const tangle = between.length > 3 * referring.size;  // groups that nearly all refer to one another
  for (const edge of edges) {
    const broken = edge.relation && ["dangling", "mismatched"].includes(edge.relation.status);
    edge.aside = main && !broken && (hubs.has(edge.to) || (tangle && !edge.relation) || Boolean(edge.relation && edge.relation.through));
  }
  const platform = main && drawnTables().some((table) => table.platform);
  document.getElementById("aside").textContent = [
    edges.some((edge) => edge.aside) ? "Further lines show when you point at a table or move to it by Tab." : "",
    platform ? "Tables of the platform, such as those of auth, are drawn with “All lines”." : ""].join(" ");
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
  const direct = edges.filter((edge) => edge.from !== edge.to && !edge.aside && !(edge.relation && edge.relation.through));
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
  const { placed, width, height } = grid(boxes, 0.6);
  for (const { box, left, top } of placed) Object.assign(box, { x: left, y: top });
  return { boxes, edges: [], width, height };
}

/** Place boxes in columns; the larger `tall`, the taller the whole. */
function grid(boxes, tall = 1.3) {
  const area = boxes.reduce((sum, box) => sum + (box.width + 30) * (box.height + 22), 0);
  const limit = Math.max(...boxes.map((box) => box.height), Math.sqrt(area * tall));
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

/** Put the components on shelves, the tallest first and lone boxes last, so that the whole fits the screen best. */
function pack(parts) {
  const [alone_] = parts.splice(-1);
  parts.sort((a, b) => b.height - a.height || b.width - a.width);
  if (alone_.boxes.length) parts.push(alone_);
  if (!parts.length) return;
  const { width, height } = diagram.canvas.getBoundingClientRect();
  const widest = Math.max(...parts.map((part) => part.width));
  const whole = parts.reduce((sum, part) => sum + part.width + GAP, 0);
  let best = null;
  for (let limit = widest; ; limit *= 1.15) {
    const shelved = shelves(parts, limit);
    const scale = Math.min((width || 1200) / shelved.width, (height || 650) / shelved.height);
    if (!best || scale > best.scale) best = { ...shelved, scale };
    if (limit >= whole) break;
  }
  best.places.forEach(({ part, x, y }) => {
    for (const box of part.boxes) Object.assign(box, { x: box.x + x, y: box.y + y });
    for (const edge of part.edges) if (edge.points) edge.points = edge.points.map((point) => ({ x: point.x + x, y: point.y + y }));
  });
}

function shelves(parts, limit) {
  const places = [];
  let [x, y, tallest, width] = [GAP, GAP, 0, 0];
  for (const part of parts) {
    if (x > GAP && x + part.width > limit + GAP) {
      y += tallest + GAP;
      [x, tallest] = [GAP, 0];
    }
    places.push({ part, x, y });
    x += part.width + GAP;
    width = Math.max(width, x);
    tallest = Math.max(tallest, part.height);
  }
  return { places, width, height: y + tallest + GAP };
}
