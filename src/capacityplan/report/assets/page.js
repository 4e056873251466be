// The sections below the Gantt chart. They are drawn when the page has time, the chart first.
const bucketText = (t) => D.buckets.days[t] === 1 ? day(D.buckets.start[t]) : `${day(D.buckets.start[t])}, ${D.buckets.days[t]} days`;
const T = D.buckets.start.length;

function overview() {
  const head = D.head, parts = head.parts.filter((part) => part[2] || part[3]);
  const most = Math.max(...parts.map((part) => Math.abs(part[2])), 1);
  $("parts").replaceChildren(
    ...parts.map(([, text, cost, bound]) => withTip(h("div", { class: "partrow" },
      h("span", {}, text),
      h("span", { class: "track" },
        h("span", { class: "fill", style: { width: `${100 * Math.max(0, cost) / most}%` } }),
        bound === null ? null : h("span", { class: "floor", style: { width: `${100 * Math.max(0, Math.min(bound, cost)) / most}%` } })),
      h("span", { class: "amount" }, cents.format(cost))),
    `${text}: ${money(cost)}${bound === null ? "" : `\n${money(bound)} of the bound lies here`}`)),
    h("div", { class: "key" }, h("span", {}, h("i"), "where the bound on the whole cost lies"), h("span", {}, h("i", { class: "pale" }), `cost of this plan, ${D.meta.currency}`)));
  const rows = Array.from({ length: T }, () => [0, 0, 0]);
  D.demand.due.forEach((due, row) => {
    const t = bucketOf(due), total = D.demand.quantity[row] || 1;
    rows[t][0] += D.demand.onTime[row] / total;
    rows[t][1] += D.demand.late[row] / total;
    rows[t][2] += D.demand.lost[row] / total;
  });
  const counts = head.counts;
  $("served").replaceChildren(
    bars(rows, ["var(--good)", "var(--warn)", "var(--bad)"], { place: $("served"), height: 250, label: "Demands by due date", tip: (t) => `Due ${bucketText(t)}\n${rows[t][0].toFixed(1)} demands on time, ${rows[t][1].toFixed(1)} late, ${rows[t][2].toFixed(1)} lost` }),
    h("div", { class: "key" }, ...[["on time", "good"], ["late", "warn"], ["lost", "bad"]].map(([status, tone]) =>
      h("span", { class: `pill ${tone}` }, `${round.format(counts[status])} ${status}`)), h("span", {}, "demands by due date")));
}
function bucketOf(minute) {
  const t = D.buckets.end.findIndex((end) => minute <= end);
  return t < 0 ? T - 1 : t;
}
const niceStep = (range) => { const raw = range / 4, ten = 10 ** Math.floor(Math.log10(raw || 1)); return [1, 2, 2.5, 5, 10].map((n) => n * ten).find((n) => n >= raw) || 1; };

// Frame of a chart over the buckets: axes with names, a place to hover per bucket.
function chart(low, high, options) {
  const W = Math.max(320, options.place.clientWidth), H = options.height || 260, L = 58, R = 8, TOP = 8, BOTTOM = 24;
  const x = (t) => L + (W - L - R) * t / T;
  const y = (value) => TOP + (H - TOP - BOTTOM) * (1 - (value - low) / (high - low || 1));
  const svg = s("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": options.label || "Chart by bucket" });
  const step = niceStep(high - low);
  for (let value = Math.ceil(low / step) * step; value <= high + 1e-9; value += step) {
    svg.append(s("line", { x1: L, x2: W - R, y1: y(value), y2: y(value), stroke: "var(--line)" }),
      s("text", { x: L - 6, y: y(value) + 4, "text-anchor": "end", "font-size": 11, fill: "var(--muted)" }, options.write ? options.write(value) : number(+value.toPrecision(6))));
  }
  const every = Math.ceil(T / (W / 62));
  for (let t = 0; t < T; t += every) svg.append(s("text", { x: x(t) + 1, y: H - 8, "font-size": 11, fill: "var(--muted)" }, short(D.buckets.start[t])));
  if (D.buckets.window < T) svg.append(s("line", { x1: x(D.buckets.window), x2: x(D.buckets.window), y1: TOP, y2: H - BOTTOM, stroke: "var(--muted)", "stroke-dasharray": "2 3" }));
  const overlay = () => { for (let t = 0; t < T; t += 1) svg.append(withTip(s("rect", { x: x(t), y: TOP, width: x(t + 1) - x(t), height: H - TOP - BOTTOM, fill: "transparent" }), options.tip(t))); };
  return { svg, x, y, overlay };
}
function bars(rows, colours, options) {
  const high = Math.max(...rows.map((row) => row.reduce((a, b) => a + b, 0)), ...(options.cap || [0]), 1);
  const { svg, x, y, overlay } = chart(0, high, options);
  rows.forEach((row, t) => {
    let sum = 0;
    row.forEach((value, index) => {
      if (value > 0) svg.append(s("rect", { x: x(t) + 1, width: Math.max(1, x(t + 1) - x(t) - 2), y: y(sum + value), height: y(sum) - y(sum + value), fill: colours[index], rx: 1 }));
      sum += value;
    });
    for (const [caps, colour, hide] of options.lines || []) if (!hide || !hide(t))
      svg.append(s("line", { x1: x(t) + 0.5, x2: x(t + 1) - 0.5, y1: y(caps[t]), y2: y(caps[t]), stroke: colour, "stroke-width": 2 }));
  });
  overlay();
  return svg;
}

function loadSection() {
  const buttons = [];
  const tone = (share) => share === null ? "var(--closed)" : share > 0.95 ? `color-mix(in srgb, var(--bad) ${55 + 30 * Math.min(1, (share - 0.95) * 20)}%, var(--panel))`
    : share > 0.8 ? `color-mix(in srgb, var(--warn) ${45 + 200 * (share - 0.8)}%, var(--panel))` : `color-mix(in srgb, var(--accent) ${Math.round(6 + 62 * share)}%, var(--panel))`;
  const split = (t) => t === D.buckets.window ? "tailstart" : null;
  const dated = (t) => t === 0 || local(D.buckets.start[t]).getUTCDay() === 1 || t >= D.buckets.window && D.buckets.days[t] > 1;
  const headRow = h("tr", {}, h("th"), ...D.buckets.start.map((start, t) => h("td", { class: [split(t), dated(t) && "dated"].filter(Boolean).join(" ") || null, title: bucketText(t) }, dated(t) ? short(start) : String(local(start).getUTCDate()))));
  const rows = D.load.map((load, index) => {
    const button = h("button", { type: "button", "aria-pressed": "false", onclick: () => pick(index) }, load.resource);
    buttons.push(button);
    return h("tr", {}, h("th", { scope: "row" }, button), ...load.run.map((run, t) => {
      const used = run + load.setup[t], room = load.regular[t] + load.overtime[t];
      const share = room ? used / room : null;
      const cell = h("td", { class: split(t), style: { background: tone(share), color: share > 0.62 ? "#fff" : "inherit" } }, share === null || !used ? "" : String(Math.round(100 * share)));
      return withTip(cell, `${load.resource}, ${bucketText(t)}\n${share === null ? "closed" : percent(share)}\nrun ${span(run)}, setup ${span(load.setup[t])}\nregular ${span(load.regular[t])}${load.overtime[t] ? `, overtime ${span(load.overtime[t])}` : ""}`);
    }));
  });
  $("heat").replaceChildren(D.load.length ? h("table", { class: "heat" }, h("thead", {}, headRow), h("tbody", {}, rows)) : h("p", { class: "none" }, "No resource has work."));
  function pick(index) {
    buttons.forEach((button, at) => button.setAttribute("aria-pressed", String(at === index)));
    const load = D.load[index], perDay = (list) => list.map((minutes, t) => minutes / 60 / D.buckets.days[t]);
    const [run, setup, regular, over] = [load.run, load.setup, load.regular, load.overtime].map(perDay);
    const capacity = regular.map((hours, t) => hours + over[t]);
    $("load-chart").replaceChildren(h("h3", {}, `${load.resource}: hours per day`),
      bars(run.map((hours, t) => [hours, setup[t]]), ["var(--accent)", "var(--warn)"], { place: $("load-chart"), height: 230, label: `Load of ${load.resource}`, cap: capacity, lines: [[regular, "var(--ink)"], [capacity, "var(--bad)", (t) => !over[t]]],
        tip: (t) => `${bucketText(t)}\nrun ${run[t].toFixed(1)}, setup ${setup[t].toFixed(1)} h/day\nregular ${regular[t].toFixed(1)}, overtime ${over[t].toFixed(1)} h/day` }),
      h("div", { class: "key" }, h("span", {}, h("i"), "run"), h("span", {}, h("i", { style: { background: "var(--warn)" } }), "setup"), h("span", {}, h("i", { style: { background: "var(--ink)", height: "3px" } }), "regular capacity"), h("span", {}, h("i", { style: { background: "var(--bad)", height: "3px" } }), "with overtime")));
  }
  if (D.load.length) {
    const window = (list) => list.slice(0, D.buckets.window).reduce((a, b) => a + b, 0);
    const shares = D.load.map((load) => (window(load.run) + window(load.setup)) / Math.max(1, window(load.regular) + window(load.overtime)));
    pick(shares.indexOf(Math.max(...shares)));
  }
}

function stockSection() {
  const rank = ["finished", "intermediate", "raw", "packaging", "service"];
  D.stock.sort((a, b) => rank.indexOf(a.kind) - rank.indexOf(b.kind));
  const list = $("stock-list"), minis = D.stock.map((row, index) => mini(row, index));
  function mini(row, index) {
    const values = row.closing.map((value, t) => value + row.hold[t]);
    const low = Math.min(0, ...row.available), high = Math.max(...values, ...row.safety, 1e-9);
    const y = (value) => 34 - 32 * (value - low) / (high - low || 1);
    const safety = row.safety.map((value, t) => `${100 * t / T},${y(value)} ${100 * (t + 1) / T},${y(value)}`).join(" ");
    const points = row.available.map((value, t) => `${(100 * (t + 0.5) / T).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
    const [id, text, unit] = D.items[row.item];
    const short = row.available.some((value) => value < 0);
    return h("button", { type: "button", class: `mini${short ? " short" : ""}`, "aria-pressed": "false", onclick: () => pick(index) },
      h("b", {}, id), h("span", {}, text || row.kind),
      s("svg", { viewBox: "0 0 100 36", preserveAspectRatio: "none", "aria-hidden": "true" },
        s("polyline", { points: safety, fill: "none", stroke: "var(--warn)", "stroke-dasharray": "3 2", "vector-effect": "non-scaling-stroke" }),
        low < 0 ? s("line", { x1: 0, x2: 100, y1: y(0), y2: y(0), stroke: "var(--bad)", "vector-effect": "non-scaling-stroke" }) : null,
        s("polyline", { points, fill: "none", stroke: "var(--accent)", "stroke-width": 1.6, "vector-effect": "non-scaling-stroke" })));
  }
  function pick(index) {
    minis.forEach((button, at) => button.setAttribute("aria-pressed", String(at === index)));
    const row = D.stock[index], [id, text, unit] = D.items[row.item];
    const high = Math.max(...row.closing.map((value, t) => value + row.hold[t]), ...row.safety, 1e-9) * 1.04;
    const low = Math.min(0, ...row.available, ...row.closing);
    const tipText = (t) => `${bucketText(t)}\nin ${number(row.in[t])}, out ${number(row.out[t])}\nclosing ${number(row.closing[t])} ${unit}, on hold ${number(row.hold[t])}\nprojected available ${number(row.available[t])}`;
    const { svg, x, y, overlay } = chart(low, high, { place: $("stock-chart"), height: 260, tip: tipText, label: `Stock of ${id}` });
    row.closing.forEach((value, t) => {
      const wide = Math.max(1, x(t + 1) - x(t) - 2);
      if (value > 0) svg.append(s("rect", { x: x(t) + 1, width: wide, y: y(value), height: y(0) - y(value), fill: "var(--accent)", opacity: 0.55 }));
      if (row.hold[t] > 0) svg.append(s("rect", { x: x(t) + 1, width: wide, y: y(Math.max(0, value) + row.hold[t]), height: y(0) - y(row.hold[t]), fill: "var(--warn)", opacity: 0.45 }));
    });
    const watched = row.safety.some((value) => value > 0);
    if (watched) svg.append(s("polyline", { points: row.safety.map((value, t) => `${x(t)},${y(value)} ${x(t + 1)},${y(value)}`).join(" "), fill: "none", stroke: "var(--warn)", "stroke-width": 1.5, "stroke-dasharray": "6 4" }));
    svg.append(s("polyline", { points: row.available.map((value, t) => `${(x(t) + x(t + 1)) / 2},${y(value)}`).join(" "), fill: "none", stroke: "var(--ink)", "stroke-width": 1.6 }));
    overlay();
    $("stock-chart").replaceChildren(h("h3", {}, `${id}${text ? ` ${text}` : ""}, ${unit}`), svg,
      h("div", { class: "key" }, h("span", {}, h("i", { class: "pale" }), "unrestricted"), h("span", {}, h("i", { style: { background: "var(--warn)", opacity: 0.5 } }), "on hold"),
        h("span", {}, h("i", { style: { background: "var(--ink)", height: "3px" } }), "projected available balance"), watched ? h("span", {}, h("i", { style: { background: "var(--warn)", height: "3px" } }), "safety stock") : null));
  }
  const find = $("stock-find");
  find.addEventListener("input", () => {
    const text = find.value.trim().toLowerCase();
    minis.forEach((button, index) => { button.hidden = !itemText(D.stock[index].item).toLowerCase().includes(text); button.style.display = button.hidden ? "none" : ""; });
  });
  list.replaceChildren(...minis);
  if (D.stock.length) {
    const worst = D.stock.map((row) => row.kind === "finished" ? Math.min(...row.available) : Infinity);
    const lowest = Math.min(...worst);
    pick(lowest < 0 ? worst.indexOf(lowest) : Math.max(0, D.stock.findIndex((row) => row.kind === "finished")));
  }
}

function demandSection() {
  const d = D.demand, why = new Map(d.why);
  const isOrder = (row) => typeof d.id[row] === "string";
  const id = (row) => isOrder(row) ? d.id[row] : `P:${D.items[d.item[row]][0]}:${name(d.customer[row])}:${d.id[row]}`;
  const status = (row) => d.lost[row] ? "lost" : d.late[row] ? "late" : "on time";
  const tone = { lost: "bad", late: "warn", "on time": "good" };
  let wanted = D.head.counts.late + D.head.counts.lost ? "late or lost" : "all";
  const columns = [
    { name: "Status", value: status, node: (row) => h("span", { class: `pill ${tone[status(row)]}` }, status(row)) },
    textColumn("Demand", id), textColumn("Item", (row) => itemText(d.item[row])), textColumn("Customer", (row) => name(d.customer[row])),
    { name: "Due", value: (row) => d.due[row], text: (row) => due(d.due[row]), tight: true }, numberColumn("Quantity", (row) => d.quantity[row]), numberColumn("On time", (row) => d.onTime[row]),
    numberColumn("Late", (row) => d.late[row]), numberColumn("Lost", (row) => d.lost[row]), numberColumn("Days late", (row) => d.days[row]),
    { name: "What the plan shows", value: (row) => why.get(row) || "", wide: true },
  ];
  const kinds = { "late or lost": (row) => status(row) !== "on time", late: (row) => d.late[row] > 0, lost: (row) => d.lost[row] > 0, orders: isOrder, all: () => true };
  const buttons = Object.keys(kinds).map((kind) => h("button", { type: "button", onclick: () => { wanted = kind; mark(); table.draw(); } }, kind));
  const mark = () => buttons.forEach((button) => button.setAttribute("aria-pressed", String(button.textContent === wanted)));
  $("demand-status").replaceChildren(...buttons);
  mark();
  const table = dataTable($("demand-table"), columns, d.due.length, { keep: (row) => kinds[wanted](row), size: 15 });
}

function plainTable(place, table, empty) {
  if (!table.rows.length) { place.replaceChildren(h("p", { class: "none" }, empty)); return; }
  const columns = table.columns.map(([heading, kind], index) => {
    const value = (row) => table.rows[row][index];
    if (kind === "text") return textColumn(heading, value, { tight: heading === "item" });
    if (kind === "time" || kind === "day") return { name: heading, value, tight: true };
    const write = { money: (v) => v === "" ? "" : cents.format(v), share: (v) => v === "" ? "" : percent(v) }[kind] || ((v) => v === "" ? "" : number(v));
    return numberColumn(heading, value, write);
  });
  dataTable(place, columns, table.rows.length, { size: 15 });
}

function quality() {
  const q = D.inspections;
  if (!q.start.length) { $("quality-table").replaceChildren(h("p", { class: "none" }, "The plan holds no inspections.")); return; }
  dataTable($("quality-table"), [
    timeColumn("Start", (row) => q.start[row]), textColumn("Object", (row) => objectName(q.object[row])), textColumn("Item", (row) => itemText(q.item[row])),
    textColumn("Inspection", (row) => name(q.inspection[row])), textColumn("Lab", (row) => name(q.lab[row])), timeColumn("End", (row) => q.end[row]),
    timeColumn("Usage decision", (row) => q.decision[row]),
    numberColumn("Waited for the lab [h]", (row) => q.exact[row] && q.ready[row] !== null ? Math.max(0, q.start[row] - q.ready[row]) / 60 : null, (v) => v === null ? "" : v.toFixed(1)),
    textColumn("Planned to", (row) => q.exact[row] ? "minute" : "bucket"),
  ], q.start.length, { size: 15 });
}

function ledger() {
  const total = D.head.cost, share = (amount) => total ? percent(amount / total) : "";
  $("ledger").replaceChildren(h("div", { class: "ledger" }, ...D.ledger.map(([, text, amount, objects, more, rest]) => {
    const box = h("div", { class: "rows" });
    const node = h("details", {}, h("summary", {}, h("span", {}, text), h("span", {}, cents.format(amount)), h("span", {}, share(amount))), box);
    node.addEventListener("toggle", () => {
      if (box.childElementCount) return;
      box.append(...objects.map(([object, sum]) => h("div", {}, h("span", { title: object }, object), h("span", {}, cents.format(sum)))));
      if (more) box.append(h("div", {}, h("span", {}, `and ${round.format(more)} more`), h("span", {}, cents.format(rest))));
    });
    return node;
  }), h("div", { class: "total" }, h("span", {}, "Cost of the plan"), h("span", {}, money(total)), h("span", {}, ""))));
}

function budgets() {
  if (!D.budgets.rows.length) return;
  $("budgets").hidden = false;
  plainTable($("budget-table"), D.budgets, "");
  if (D.funds.rows.length) plainTable($("fund-table"), D.funds, "");
}

function launches() {
  if (!D.launches.rows.length) return;
  $("launches").hidden = false;
  plainTable($("launch-table"), D.launches, "");
}

function review() {
  const shown = D.review.filter(([, table]) => table.rows.length);
  if (!shown.length) return;
  $("review").hidden = $("review-link").hidden = false;
  for (const [title, table] of shown) {
    const place = h("div", {});
    $("review-tables").append(h("h3", {}, title), place);
    plainTable(place, table, "");
  }
}

function certificate() {
  const head = D.head, lines = [
    h("p", {}, h("strong", {}, "This plan was checked by a program that shares nothing with the one that made it. "),
      `It read the plant's data and the plan alone, tested ${D.meta.rules.length} rules and found no violation, and added up the cost itself: ${money(head.cost)}.`)];
  if (head.bound !== null) lines.push(h("p", {}, `No plan for this plant that keeps the rules can cost less than ${money(head.bound)}. This plan is therefore at most ${percent(head.gap, 2)} from the cheapest one.`,
    head.controllable === null ? "" : ` Much of the cost has to be paid in any plan (${money(head.unavoidable)} at the very least); of what planning can change, at most ${percent(head.controllable)} could still be saved. What is really left to gain may be less: the bound is cautious.`));
  else lines.push(h("p", {}, "No bound was computed, so nothing is claimed about how much cheaper a plan could be."));
  if (head.certified !== null) lines.push(h("p", {}, `Of the bound, ${money(head.certified)} can be derived again from the plant's data without trusting any solver.`));
  lines.push(h("p", {}, "To check all of this again: ", h("code", {}, "capacityplan check INSTANCE PLAN --bound"), " with the instance and the plan.json beside this page."));
  lines.push(h("details", {}, h("summary", {}, `The ${D.meta.rules.length} rules that were checked`), h("p", {}, D.meta.rules.join(", "))));
  $("certificate-text").replaceChildren(h("div", { class: "prose" }, lines),
    h("dl", { class: "facts" }, D.certificate.rows.flatMap(([what, value]) => [h("dt", {}, what[0].toUpperCase() + what.slice(1)), h("dd", {}, value)])));
}

function twin() {
  const b = D.gantt.bars, t = D.tail, resources = D.gantt.rows.map((row) => row.resource);
  const pick = (bar, tail) => (row) => row < Gantt.COUNT ? bar(row) : tail(row - Gantt.COUNT);
  dataTable($("schedule-table"), [
    textColumn("Resource", pick((i) => resources[b.row[i]], (i) => name(t.resource[i]))),
    timeColumn("Setup start", pick((i) => Gantt.first[i], (i) => t.start[i])), timeColumn("Start", pick((i) => b.start[i], (i) => t.start[i])),
    timeColumn("End", pick((i) => Gantt.last[i], (i) => t.end[i])),
    textColumn("Lot or object", pick((i) => objectName(b.object[i]), (i) => D.lots.id[t.lot[i]])),
    textColumn("Operation or inspection", pick((i) => name(b.label[i]), (i) => name(t.operation[i]))),
    textColumn("Item", pick((i) => itemText(b.item[i]), (i) => itemText(D.lots.item[t.lot[i]]))),
    textColumn("Planned to", pick(() => "minute", () => "bucket")),
  ], Gantt.COUNT + t.start.length, { size: 25 });
}

function legend() {
  const used = new Set(D.gantt.bars.item.filter((item) => item >= 0).map((item) => D.items[item][3]));
  const swatch = (style, text) => h("span", {}, h("i", { style }), text);
  $("legend").replaceChildren(
    ...groups.filter((group) => used.has(group)).slice(0, 24).map((group) => swatch({ background: PALETTE[groups.indexOf(group) % PALETTE.length] }, name(group))),
    swatch({ background: "repeating-linear-gradient(135deg,var(--muted) 0 1px,var(--soft) 1px 4px)" }, "setup, downtime"),
    swatch({ background: "linear-gradient(transparent 65%,var(--accent) 65%)", opacity: 0.5 }, "incubation"),
    swatch({ background: "var(--closed)", borderColor: "var(--line)" }, "closed"),
    swatch({ background: "color-mix(in srgb,var(--warn) 22%,transparent)" }, "overtime"));
  $("gantt-hint").textContent = "Drag to move, click a bar to follow its lot. Click, then turn the wheel to zoom; arrow keys go from bar to bar. Red marks: due dates of the chosen lot's item.";
}

const later = [overview, legend, loadSection, stockSection, demandSection, () => plainTable($("purchase-table"), D.purchases, "Nothing is to be bought."), launches, quality, ledger, budgets, review, certificate];
let twinDrawn = false;
const drawTwin = () => { if (!twinDrawn) { twinDrawn = true; twin(); } };
$("schedule-twin").addEventListener("toggle", drawTwin);
function work() {
  const begun = performance.now();
  while (later.length && performance.now() - begun < 24) later.shift()();
  if (later.length) setTimeout(work);
  else document.documentElement.dataset.complete = performance.now().toFixed(0);
}
addEventListener("beforeprint", () => {
  while (later.length) later.shift()();
  drawTwin();
  document.querySelectorAll("#costs details").forEach((node) => { node.open = true; });
});
document.documentElement.dataset.ready = performance.now().toFixed(0);
setTimeout(work);
