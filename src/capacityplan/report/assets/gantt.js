// The Gantt chart: rows of resources and labs, lanes where work overlaps, drawn on one canvas.
const Gantt = (() => {
  const G = D.gantt, B = G.bars, COUNT = B.start.length;
  const canvas = $("gantt-canvas"), frame = $("gantt"), pane = $("gantt-pane"), pen = canvas.getContext("2d");
  const AXIS = 44, GUTTER = Math.min(170, Math.max(90, innerWidth * 0.14)), PAD = 3;
  const RUN = 0, INSPECTION = 1, MAINTENANCE = 2;
  const first = B.start.map((start, bar) => start - B.setup[bar]);
  const last = B.start.map((start, bar) => start + B.length[bar]);
  const END = Math.max(D.meta.window, COUNT ? last.reduce((a, b) => Math.max(a, b)) : 0);
  const lanes = [], barsOf = new Map(), place = [];
  const locked = new Set(G.locks.map(([lot, operation]) => `${lot}\n${operation}`));
  const also = new Map(G.also);
  let from = 0, scale = 1, width = 0, height = 0, selected = -1, focus = -1, hits = null, queued = false;
  let theme = {}, hatch = null;

  // Rows and lanes from top to bottom.
  let y = 0;
  G.rows.forEach((row, index) => {
    const tall = row.lanes === 1 ? 26 : row.lanes <= 4 ? 18 : 11;
    row.top = y;
    row.height = tall * row.lanes + 2 * PAD;
    for (let lane = 0; lane < row.lanes; lane += 1)
      lanes.push({ row: index, top: y + PAD + lane * tall, tall: tall - 2, bars: [] });
    row.firstLane = lanes.length - row.lanes;
    y += row.height;
  });
  const TOTAL = y;
  for (let bar = 0; bar < COUNT; bar += 1) {
    const lane = G.rows[B.row[bar]].firstLane + B.lane[bar];
    place[bar] = [lane, lanes[lane].bars.length];
    lanes[lane].bars.push(bar);
    for (const object of [B.object[bar], ...(also.get(bar) || [])]) {
      if (!barsOf.has(object)) barsOf.set(object, []);
      barsOf.get(object).push(bar);
    }
  }
  for (const found of barsOf.values()) found.sort((a, b) => first[a] - first[b]);

  const x = (minute) => GUTTER + (minute - from) * scale;
  const minuteAt = (pixel) => from + (pixel - GUTTER) / scale;
  function firstAfter(bars, minute, begin = 0) {
    let low = begin, high = bars.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (last[bars[middle]] <= minute) low = middle + 1; else high = middle;
    }
    return low;
  }

  function readTheme() {
    const css = getComputedStyle(document.documentElement);
    for (const key of ["bg", "panel", "ink", "muted", "line", "soft", "accent", "bad", "warn", "closed"])
      theme[key] = css.getPropertyValue(`--${key}`).trim();
    const tile = document.createElement("canvas");
    tile.width = tile.height = 6;
    const paint = tile.getContext("2d");
    paint.fillStyle = theme.soft;
    paint.fillRect(0, 0, 6, 6);
    paint.strokeStyle = theme.muted;
    paint.beginPath();
    for (const shift of [-6, 0, 6]) { paint.moveTo(shift, 6); paint.lineTo(shift + 6, 0); }
    paint.stroke();
    hatch = pen.createPattern(tile, "repeat");
  }
  function resize() {
    width = frame.clientWidth;
    height = Math.min(frame.clientHeight, TOTAL + AXIS);
    const ratio = devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
    pane.style.height = `${TOTAL + AXIS}px`;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    limit();
    draw();
  }
  function limit() {
    const least = (width - GUTTER) / END;
    scale = Math.min(Math.max(scale, least), 12);
    from = Math.min(Math.max(from, 0), Math.max(0, END - (width - GUTTER) / scale));
  }
  const redraw = () => { if (!queued) { queued = true; requestAnimationFrame(() => { queued = false; draw(); }); } };

  // Hours, days or weeks, whichever leaves room for their names.
  function ticks() {
    const step = [15, 60, 180, 360, 720, DAY, 2 * DAY, 7 * DAY].find((minutes) => minutes * scale >= 46) || 7 * DAY;
    const found = [];
    const begin = local(from);
    begin.setUTCHours(0, 0, 0, 0);
    if (step === 7 * DAY) begin.setUTCDate(begin.getUTCDate() - (begin.getUTCDay() + 6) % 7);
    const to = minuteAt(width);
    for (let stamp = begin.getTime(); ; stamp += step * 60000) {
      const guess = (stamp - START) / 60000;
      const minute = guess - ahead(guess);
      if (minute > to) return { step, found };
      if (minute >= from - step) found.push(minute);
    }
  }
  function drawTime(top) {
    const { step, found } = ticks();
    pen.fillStyle = theme.panel;
    pen.fillRect(0, 0, width, AXIS);
    pen.font = "12px system-ui,sans-serif";
    pen.textBaseline = "middle";
    pen.strokeStyle = theme.line;
    pen.beginPath();
    for (const minute of found) {
      const at = Math.round(x(minute)) + 0.5;
      if (at > GUTTER) { pen.moveTo(at, AXIS - 18); pen.lineTo(at, height); }
    }
    pen.stroke();
    pen.save();
    pen.beginPath();
    pen.rect(GUTTER, 0, width - GUTTER, AXIS);
    pen.clip();
    for (const minute of found) {
      const d = local(minute), at = x(minute) + 5;
      const whole = d.getUTCHours() === 0 && d.getUTCMinutes() === 0;
      if (at < GUTTER) continue;
      pen.fillStyle = theme.muted;
      const text = step >= DAY ? (step * scale > 92 ? `${WEEKDAYS[d.getUTCDay()]} ${short(minute)}` : short(minute))
        : `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
      pen.fillText(text, at, AXIS - 10);
      if (step < DAY && whole) heading(`${WEEKDAYS[d.getUTCDay()]} ${iso(d)}`, at);
    }
    const leading = local(Math.max(from, 0));
    const next = found.find((minute) => minute > from && local(minute).getUTCHours() === 0);
    if (step < DAY && (next === undefined || x(next) - GUTTER > 110)) heading(`${WEEKDAYS[leading.getUTCDay()]} ${iso(leading)}`, GUTTER + 5);
    if (step >= DAY) heading(`${leading.toLocaleString("en", { month: "long", timeZone: "UTC" })} ${leading.getUTCFullYear()}`, GUTTER + 5);
    pen.restore();
    line(0, theme.accent, "start", top);
    if (D.meta.frozen) line(D.meta.frozen, theme.accent, "frozen until here", top, [4, 4]);
    if (D.meta.window < END) line(D.meta.window, theme.muted, "end of the window", top, [2, 3]);
  }
  function heading(text, at) {
    pen.fillStyle = theme.ink;
    pen.font = "600 12px system-ui,sans-serif";
    pen.fillText(text, at, 13);
    pen.font = "12px system-ui,sans-serif";
  }
  function line(minute, colour, text, top, dash = []) {
    const at = Math.round(x(minute)) + 0.5;
    if (at < GUTTER - 1 || at > width) return;
    pen.save();
    pen.strokeStyle = colour;
    pen.setLineDash(dash);
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.moveTo(at, AXIS);
    pen.lineTo(at, height);
    pen.stroke();
    pen.restore();
  }

  function background(row, top) {
    const at = row.top + AXIS - top;
    pen.fillStyle = theme.closed;
    pen.fillRect(GUTTER, at, width - GUTTER, row.height);
    pen.fillStyle = theme.panel;
    strips(row.open, at, row.height);
    pen.globalAlpha = 0.22;
    pen.fillStyle = theme.warn;
    strips(row.overtime, at, row.height);
    pen.globalAlpha = 1;
    pen.fillStyle = hatch;
    for (const [a, b] of row.down) strips([a, b], at + 1, row.height - 2);
    pen.strokeStyle = theme.line;
    pen.beginPath();
    pen.moveTo(0, Math.round(at + row.height) - 0.5);
    pen.lineTo(width, Math.round(at + row.height) - 0.5);
    pen.stroke();
  }
  function strips(edges, at, tall) {
    for (let i = 0; i < edges.length; i += 2) {
      const a = Math.max(GUTTER, x(edges[i])), b = Math.min(width, x(edges[i + 1]));
      if (b > a) pen.fillRect(a, at, b - a, tall);
    }
  }

  // One path per colour; what is narrower than a pixel is merged with its neighbours.
  function collect(lane, top, paths, texts) {
    const bars = lane.bars, at = lane.top + AXIS - top, tall = lane.tall, to = minuteAt(width);
    let filled = -1;
    for (let i = firstAfter(bars, from); i < bars.length; i += 1) {
      const bar = bars[i];
      if (first[bar] >= to) break;
      const a = x(first[bar]), b = x(last[bar]);
      if (b - a < 1) {
        const pixel = Math.floor(a);
        if (pixel <= filled) { i = Math.max(i, firstAfter(bars, minuteAt(filled + 1), i) - 1); continue; }
        filled = pixel;
        path(paths, colour(bar)).rect(pixel, at, 1, tall);
        continue;
      }
      const begin = Math.max(x(B.start[bar]), GUTTER), end = Math.min(b, width);
      const inset = B.kind[bar] === INSPECTION && tall > 8 ? 2 : 0;
      if (B.incubation[bar] && end < width) {
        const until = Math.min(width, x(last[bar] + B.incubation[bar]));
        path(paths, `pale${colour(bar)}`).rect(end, at + tall - 3, until - end, 3);
      }
      if (B.setup[bar]) path(paths, "setup").rect(Math.max(a, GUTTER), at, Math.max(0, begin - Math.max(a, GUTTER)), tall);
      const gap = end - begin > 3 ? 0.5 : 0;
      if (end > begin) path(paths, colour(bar)).rect(begin + gap, at + inset, end - begin - 2 * gap, tall - 2 * inset);
      if (end - begin > 50 && tall >= 14) texts.push([bar, begin, end, at + tall / 2]);
      if (end - begin > 8 && locked.has(`${objectName(B.object[bar])}\n${name(B.label[bar])}`)) path(paths, "lock").rect(begin + 1, at + 1, 4, 4);
    }
  }
  const path = (paths, key) => { if (!paths.has(key)) paths.set(key, new Path2D()); return paths.get(key); };
  function colour(bar) {
    const kept = hits ? hits.has(bar) : selected < 0 || related(bar);
    const found = B.kind[bar] === MAINTENANCE ? "#8a94a0" : colourOf(B.item[bar]);
    return kept ? found : `dim${found}`;
  }
  let chosen = new Set();
  const related = (bar) => chosen.has(bar);
  function paint(paths) {
    for (const [key, shape] of paths) {
      const dim = key.startsWith("dim"), pale = key.startsWith("pale");
      pen.globalAlpha = dim ? 0.18 : pale ? (key.includes("dim") ? 0.12 : 0.4) : 1;
      pen.fillStyle = key === "setup" ? hatch : key === "lock" ? "#fff" : key.replace("pale", "").replace("dim", "");
      pen.fill(shape);
    }
    pen.globalAlpha = 1;
  }
  function draw() {
    const top = frame.scrollTop;
    pen.fillStyle = theme.bg;
    pen.fillRect(0, 0, width, height);
    const paths = new Map(), texts = [];
    const visible = (at, tall) => at + tall > top && at < top + height - AXIS;
    for (const row of G.rows) if (visible(row.top, row.height)) background(row, top);
    for (const lane of lanes) if (visible(lane.top, lane.tall)) collect(lane, top, paths, texts);
    paint(paths);
    label(texts);
    thread(top);
    gutter(top, visible);
    drawTime(top);
    dues();
  }
  function label(texts) {
    pen.font = "11px system-ui,sans-serif";
    pen.textBaseline = "middle";
    for (const [bar, begin, end, at] of texts) {
      const more = also.get(bar);
      const text = objectName(B.object[bar]) + (more ? ` +${more.length}` : "");
      const room = end - begin - 8;
      if (!clipped.has(text)) clipped.set(text, pen.measureText(text).width);
      const wide = clipped.get(text);
      if (wide > room) continue;
      pen.fillStyle = colour(bar).startsWith("dim") ? theme.muted : "#fff";
      pen.fillText(text, begin + 4, at + 0.5);
    }
  }
  const clipped = new Map();

  // The way of the chosen lot through the plant, its bars outlined.
  function thread(top) {
    if (focus < 0) return;
    const mine = barsOf.get(B.object[focus]) || [];
    pen.strokeStyle = theme.ink;
    pen.lineWidth = 1.5;
    pen.save();
    pen.beginPath();
    pen.rect(GUTTER, AXIS, width - GUTTER, height - AXIS);
    pen.clip();
    pen.beginPath();
    mine.forEach((bar, index) => {
      const lane = lanes[place[bar][0]], at = lane.top + AXIS - top;
      pen.rect(x(first[bar]) + 0.5, at - 0.5, Math.max(2, (last[bar] - first[bar]) * scale - 1), lane.tall + 1);
      if (index) {
        const before = mine[index - 1], other = lanes[place[before][0]];
        pen.moveTo(x(last[before]), other.top + other.tall / 2 + AXIS - top);
        pen.lineTo(x(first[bar]), at + lane.tall / 2);
      }
    });
    pen.stroke();
    pen.restore();
    pen.lineWidth = 1;
  }
  function gutter(top, visible) {
    pen.fillStyle = theme.panel;
    pen.fillRect(0, AXIS, GUTTER, height - AXIS);
    pen.textBaseline = "middle";
    for (const row of G.rows) {
      if (!visible(row.top, row.height)) continue;
      const at = row.top + AXIS - top;
      const shown = Math.min(Math.max(at + row.height / 2, AXIS + 12), Math.max(at + row.height - 12, at + row.height / 2));
      pen.fillStyle = theme.ink;
      pen.font = "12px system-ui,sans-serif";
      pen.fillText(cut(row.resource, GUTTER - 16), 10, shown);
      pen.strokeStyle = theme.line;
      pen.beginPath();
      pen.moveTo(0, Math.round(at + row.height) - 0.5);
      pen.lineTo(GUTTER, Math.round(at + row.height) - 0.5);
      pen.stroke();
    }
    pen.beginPath();
    pen.moveTo(GUTTER - 0.5, 0);
    pen.lineTo(GUTTER - 0.5, height);
    pen.stroke();
  }
  const cuts = new Map();
  function cut(text, room) {
    if (!cuts.has(text)) {
      let shown = text;
      while (shown.length > 3 && pen.measureText(shown).width > room) shown = `${shown.slice(0, -2)}…`;
      cuts.set(text, shown);
    }
    return cuts.get(text);
  }
  // Due dates of what the chosen lot's item is demanded for.
  function dues() {
    if (focus < 0 || B.item[focus] < 0) return;
    const marks = new Set();
    D.demand.item.forEach((item, row) => { if (item === B.item[focus] && D.demand.due[row] >= from && D.demand.due[row] <= minuteAt(width)) marks.add(D.demand.due[row]); });
    pen.fillStyle = theme.bad;
    for (const minute of [...marks].slice(0, 60)) {
      const at = x(minute);
      pen.beginPath();
      pen.moveTo(at - 4, AXIS - 7);
      pen.lineTo(at + 4, AXIS - 7);
      pen.lineTo(at, AXIS);
      pen.fill();
    }
  }

  function barAt(px, py) {
    if (px < GUTTER || py < AXIS) return -1;
    const at = py - AXIS + frame.scrollTop, minute = minuteAt(px), slack = 2 / scale;
    for (const lane of lanes) {
      if (at < lane.top || at > lane.top + lane.tall) continue;
      const i = firstAfter(lane.bars, minute - slack);
      return i < lane.bars.length && first[lane.bars[i]] <= minute + slack ? lane.bars[i] : -1;
    }
    return -1;
  }
  function describe(bar) {
    const object = B.object[bar], more = also.get(bar);
    const lines = [`${objectName(object)}${more ? ` and ${more.map((lot) => D.lots.id[lot]).join(", ")} (one batch)` : ""}`];
    if (B.item[bar] >= 0) lines.push(itemText(B.item[bar]));
    lines.push(`${name(B.label[bar])} on ${G.rows[B.row[bar]].resource}`);
    if (B.setup[bar]) lines.push(`Setup from ${time(first[bar])} (${span(B.setup[bar])})`);
    lines.push(`${time(B.start[bar])} to ${time(last[bar])} (${span(B.length[bar])})`);
    if (B.incubation[bar]) lines.push(`Incubation until ${time(last[bar] + B.incubation[bar])}`);
    if (object >= 0) {
      lines.push(`Lot: ${number(D.lots.quantity[object])} ${D.items[D.lots.item[object]][2]} started, ${number(D.lots.accepted[object])} accepted`);
      if (D.lots.free[object] !== null) lines.push(`Free to use ${time(D.lots.free[object])}`);
    }
    const lock = G.locks.find(([lot, operation]) => lot === objectName(object) && operation === name(B.label[bar]));
    if (lock) lines.push(`Locked${lock[2] ? `: ${lock[2]}` : ""}`);
    return lines;
  }
  function choose(bar, follow) {
    focus = bar;
    selected = bar < 0 ? -1 : B.object[bar];
    chosen = new Set();
    if (bar >= 0) for (const object of [selected, ...(also.get(bar) || [])]) for (const one of barsOf.get(object) || []) chosen.add(one);
    $("selected").textContent = bar < 0 ? "" : describe(bar).join(" · ");
    if (follow && bar >= 0) reveal(bar);
    redraw();
  }
  function reveal(bar) {
    const wide = (width - GUTTER) / scale;
    if (first[bar] < from || last[bar] > from + wide) from = first[bar] - wide / 3;
    limit();
    const lane = lanes[place[bar][0]];
    if (lane.top < frame.scrollTop) frame.scrollTop = lane.top;
    if (lane.top + lane.tall > frame.scrollTop + height - AXIS) frame.scrollTop = lane.top + lane.tall - height + AXIS + 8;
  }
  function zoom(factor, pixel = (width + GUTTER) / 2) {
    const minute = minuteAt(pixel);
    scale *= factor;
    limit();
    from = minute - (pixel - GUTTER) / scale;
    limit();
    redraw();
  }
  function show(minutes) {
    const middle = minuteAt((width + GUTTER) / 2);
    scale = (width - GUTTER) / minutes;
    limit();
    from = focus >= 0 ? first[focus] - minutes / 3 : middle - minutes / 2;
    limit();
    redraw();
  }
  // The nearest bar in another lane, or the next one in the same.
  function step(sideways, downward) {
    if (focus < 0) { choose(lanes.find((lane) => lane.bars.length)?.bars[0] ?? -1, true); return; }
    let [lane, index] = place[focus];
    if (sideways) index += sideways;
    else {
      do lane += downward; while (lanes[lane] && !lanes[lane].bars.length);
      if (!lanes[lane]) return;
      index = Math.min(firstAfter(lanes[lane].bars, first[focus]), lanes[lane].bars.length - 1);
    }
    const bar = lanes[lane].bars[index];
    if (bar !== undefined) choose(bar, true);
  }

  let drag = null;
  canvas.addEventListener("pointerdown", (event) => {
    drag = { x: event.clientX, y: event.clientY, from, top: frame.scrollTop, moved: false };
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (drag) {
      const dx = event.clientX - drag.x;
      if (Math.abs(dx) + Math.abs(event.clientY - drag.y) > 4) drag.moved = true;
      if (drag.moved) {
        from = drag.from - dx / scale;
        if (event.pointerType === "mouse") frame.scrollTop = drag.top - (event.clientY - drag.y);
        limit();
        hideTip();
        redraw();
      }
      return;
    }
    const bar = barAt(event.offsetX, event.offsetY);
    canvas.style.cursor = bar >= 0 ? "pointer" : "grab";
    if (bar >= 0) showTip(describe(bar).join("\n"), event.clientX, event.clientY); else hideTip();
  });
  canvas.addEventListener("pointerup", (event) => {
    if (drag && !drag.moved) { const bar = barAt(event.offsetX, event.offsetY); choose(bar >= 0 && bar === focus ? -1 : bar); }
    drag = null;
  });
  canvas.addEventListener("pointercancel", () => { drag = null; });
  canvas.addEventListener("pointerleave", hideTip);
  canvas.addEventListener("wheel", (event) => {
    // Until the chart is clicked the wheel belongs to the page.
    if (!event.ctrlKey && document.activeElement !== canvas) return;
    event.preventDefault();
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) { from += (event.deltaX || event.deltaY) / scale; limit(); redraw(); }
    else zoom(Math.exp(-event.deltaY * 0.0015), event.offsetX);
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    const keys = {
      ArrowLeft: () => step(-1, 0), ArrowRight: () => step(1, 0), ArrowUp: () => step(0, -1), ArrowDown: () => step(0, 1),
      "+": () => zoom(1.5), "=": () => zoom(1.5), "-": () => zoom(1 / 1.5), Escape: () => choose(-1),
      Home: () => { from = 0; limit(); redraw(); }, End: () => { from = END; limit(); redraw(); },
    };
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });
  frame.addEventListener("scroll", redraw, { passive: true });
  $("zoom-in").addEventListener("click", () => zoom(1.6));
  $("zoom-out").addEventListener("click", () => zoom(1 / 1.6));
  $("zoom-day").addEventListener("click", () => show(1.5 * DAY));
  $("zoom-week").addEventListener("click", () => show(7 * DAY));
  $("zoom-all").addEventListener("click", () => { scale = 0; limit(); redraw(); });
  new ResizeObserver(resize).observe(frame);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readTheme(); redraw(); });

  let order = [], turn = -1;
  const find = $("find");
  function search() {
    const text = find.value.trim().toLowerCase();
    turn = -1;
    order = [];
    if (text) for (let bar = 0; bar < COUNT; bar += 1) {
      const parts = [objectName(B.object[bar]), itemText(B.item[bar]), name(B.label[bar]), G.rows[B.row[bar]].resource, ...(also.get(bar) || []).map((lot) => D.lots.id[lot])];
      if (parts.some((part) => part.toLowerCase().includes(text))) order.push(bar);
    }
    order.sort((a, b) => first[a] - first[b]);
    hits = text ? new Set(order) : null;
    $("found").textContent = text ? `${round.format(order.length)} found, Enter for the next` : "";
    redraw();
  }
  find.addEventListener("input", search);
  find.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && order.length) { turn = (turn + 1) % order.length; choose(order[turn], true); }
  });

  readTheme();
  frame.style.height = `${Math.min(TOTAL + AXIS + 2, Math.max(320, Math.min(620, innerHeight * 0.7)))}px`;
  scale = 0;
  resize();
  return { COUNT, describe, first, last, zoom, choose, draw, pan: (minutes) => { from += minutes; limit(); draw(); } };
})();
