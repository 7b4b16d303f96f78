// The diagram as SVG: drawing it, moving about in it, and finding tables.

const FAR = 0.52;

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
  if (edge.aside) classes.push("aside");
  if (relation && (relation.through || relation.status === "documented-only")) classes.push("open");
  if (relation && (relation.status === "dangling" || relation.status === "mismatched")) classes.push("broken");
  const element = s("path", { class: classes.join(" "), d: path, "data-from": edge.from, "data-to": edge.to,
    "marker-start": relation ? `url(#${FEET[relation.fromMany]})` : null, "marker-end": relation ? `url(#${FEET[relation.toMany]})` : null });
  if (!relation) element.style.strokeWidth = `${Math.min(1 + edge.count / 3, 5)}px`;
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
      s("text", { x: box.width - 11, y, class: TARGETS.has(`${table.id} ${field.name}`) ? "type to" : "type", "text-anchor": "end" }, cut(fieldNote(table, field), box.width - 40 - field.name.length * 7)),
    ];
  });
  if (box.left && diagram.columns !== "none") {
    rows.push(s("text", { x: 11, y: HEAD + LINE * box.fields.length + 15, class: "type" }, box.fields.length ? `and ${box.left} more` : plural(box.left, "column")));
  }
  return boxElement(box, label, () => { location.hash = `#table/${encodeURIComponent(table.id)}`; },
    s("rect", { class: "frame", width: box.width, height: box.height, rx: 6 }),
    s("path", { class: "head", d: headPath(box.width) }),
    s("g", { class: "near", "aria-hidden": "true" }, s("text", { class: "title", x: 11, y: 21 }, cut(short(table.name), box.width - 24)), rows),
    farName(box, short(table.name)));
}

/** A box's name as large as the box, on as many lines as it takes: what is read from afar. */
function farName(box, name) {
  const words = name.split(/(?<=[_.\s])/);
  let best = { size: 0, lines: [] };
  for (let length = Math.max(...words.map((word) => word.length)); length <= name.length; length++) {
    const lines = words.reduce((done, word) => {
      if (done.length && done[done.length - 1].length + word.length <= length) done[done.length - 1] += word;
      else done.push(word);
      return done;
    }, []);
    const longest = Math.max(...lines.map((line) => line.length));
    const size = Math.min(26, (box.width - 18) / (longest * 0.66), (box.height - 12) / (lines.length * 1.15));
    if (size > best.size) best = { size, lines };
  }
  const { size, lines } = best;
  const top = box.height / 2 - ((lines.length - 1) * size * 1.15) / 2 + size * 0.35;
  return s("g", { class: "far-name", "aria-hidden": "true", "font-size": size }, lines.map((line, number) =>
    s("text", { x: box.width / 2, y: top + number * size * 1.15, "text-anchor": "middle" }, line)));
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
    s("g", { class: "near", "aria-hidden": "true" }, s("text", { class: "title", x: 14, y: 25 }, group.name),
      s("text", { class: "type", x: 14, y: 45 }, plural(group.tables.length, "table"))),
    farName(box, group.name),
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
  seenFrom(scale);
}

/** From afar, boxes show their names alone, and lines are fine. */
function seenFrom(scale) {
  diagram.canvas.classList.toggle("far", scale < FAR);
  diagram.canvas.style.setProperty("--line", `${Math.min(1.2, Math.max(0.45, 1.7 * scale))}px`);
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

/** Move a box that an edge cuts off just so far that it is whole. */
function uncover(box) {
  const { width, height } = diagram.canvas.getBoundingClientRect();
  const { view } = diagram;
  const inside = (at, long, room) => Math.max(24, Math.min(at, room - long - 24));
  const left = box.x * view.scale + view.x;
  const top = box.y * view.scale + view.y;
  view.x += inside(left, box.width * view.scale, width) - left;
  view.y += inside(top, box.height * view.scale, height) - top;
  apply();
}

/** Mark the box of the table whose panel is open; null where none is. */
function markOpened(id) {
  diagram.opened = id;
  for (const box of diagram.boxes.values()) box.element.classList.toggle("chosen", box.key === id);
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
      const opened = diagram.boxes.get(diagram.opened);
      if (opened) uncover(opened);
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
  const elsewhere = (table) => Number(table.database !== diagram.database);
  found.sort((a, b) => elsewhere(a) - elsewhere(b) || a.bare.length - b.bare.length);
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
  const { database } = TABLES.get(id);
  if (database !== diagram.database) document.getElementById("show-database").value = diagram.database = database;
  if (TABLES.get(id).platform && diagram.lines === "main") document.getElementById("show-lines").value = diagram.lines = "all";
  if (group && !diagram.open.has(group)) diagram.open.add(group);
  if (!diagram.boxes.has(id)) layOut(id);
  center(id);
  markOpened(id);
  diagram.boxes.get(id).element.focus({ preventScroll: true });
}
