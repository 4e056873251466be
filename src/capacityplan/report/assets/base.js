// Data, local time, numbers, elements. Everything a name can hold reaches the page as text only.
const D = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const DAY = 1440;

function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "style") Object.assign(node.style, value);
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value);
  }
  for (const child of children.flat()) if (child !== null && child !== undefined) node.append(child);
  return node;
}
const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const s = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

// Local time: elapsed minutes plus what the clocks have changed since the start.
const [Y, M, DD, HH, MM] = D.meta.start.split(/[-T:]/).map(Number);
const START = Date.UTC(Y, M - 1, DD, HH, MM);
function ahead(minute) {
  let value = D.meta.shifts[0][1];
  for (const [from, shift] of D.meta.shifts) if (minute >= from) value = shift;
  return value;
}
const local = (minute) => new Date(START + (minute + ahead(minute)) * 60000);
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const two = (n) => String(n).padStart(2, "0");
const iso = (d) => `${d.getUTCFullYear()}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`;
const day = (minute) => { const d = local(minute); return `${WEEKDAYS[d.getUTCDay()]} ${iso(d)}`; };
const time = (minute) => {
  if (minute === null || minute === undefined) return "";
  const d = local(minute);
  return `${WEEKDAYS[d.getUTCDay()]} ${iso(d)} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`;
};
// When something is due: midnight is the end of the day before, as in the instance.
const due = (minute) => local(minute).getUTCHours() || local(minute).getUTCMinutes() ? time(minute) : day(minute - 1);
const short = (minute) => { const d = local(minute); return `${two(d.getUTCDate())}.${two(d.getUTCMonth() + 1)}.`; };
const span = (minutes) => minutes >= 2 * DAY ? `${(minutes / DAY).toFixed(1)} days`
  : minutes >= 120 ? `${(minutes / 60).toFixed(1)} h` : `${minutes} min`;

const plain = new Intl.NumberFormat("en", { maximumFractionDigits: 6 });
const cents = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const round = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const number = (value) => value === null || value === undefined ? "" : plain.format(value);
const money = (value) => value === null || value === undefined ? "not known" : `${cents.format(value)} ${D.meta.currency}`;
const percent = (value, places = 1) => value === null || value === undefined ? "not known" : `${(100 * value).toFixed(places)} %`;

// Colours of groups: told apart in light and dark, white letters readable on all.
const PALETTE = ["#3b6ea8", "#b8651b", "#3f8a57", "#a8445c", "#6d5ba8", "#1f8795", "#8f7226", "#ab5590",
  "#5c7d35", "#7d6455", "#4a6fd0", "#6d7787"];
const name = (index) => D.names[index];
const shownItems = [...new Set(D.gantt.bars.item)].filter((item) => item >= 0).sort((a, b) => a - b);
const groups = [...new Set([...shownItems.map((item) => D.items[item][3]), ...D.items.map((item) => item[3])])];
const colourOf = (item) => item < 0 ? "#8a94a0" : PALETTE[groups.indexOf(D.items[item][3]) % PALETTE.length];
const objectName = (object) => object >= 0 ? D.lots.id[object] : name(-1 - object);
const itemText = (item) => item < 0 ? "" : D.items[item][0] + (D.items[item][1] ? ` ${D.items[item][1]}` : "");

const tip = $("tip");
function showTip(text, x, y) {
  tip.textContent = text;
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - box.width - 8))}px`;
  tip.style.top = `${y + 18 + box.height > innerHeight ? Math.max(4, y - box.height - 10) : y + 18}px`;
}
const hideTip = () => { tip.hidden = true; };
function withTip(node, text) {
  node.addEventListener("pointermove", (event) => showTip(text, event.clientX, event.clientY));
  node.addEventListener("pointerleave", hideTip);
  return node;
}

// A table that sorts, filters and pages; columns give the value, and how it is written.
function dataTable(place, columns, count, options = {}) {
  let order = null, down = false, page = 0, words = "";
  const size = options.size || 25;
  const cache = [];
  const cell = (column, row) => column.text ? column.text(row) : String(column.value(row) ?? "");
  const haystack = (row) => cache[row] ??= columns.map((column) => cell(column, row)).join(" ").toLowerCase();
  const input = h("input", { type: "search", placeholder: "Filter rows", "aria-label": "Filter rows",
    oninput: () => { words = input.value.trim().toLowerCase(); page = 0; draw(); } });
  const status = h("span", { role: "status" });
  const back = h("button", { type: "button", onclick: () => { page -= 1; draw(); } }, "Previous");
  const next = h("button", { type: "button", onclick: () => { page += 1; draw(); } }, "Next");
  const heads = columns.map((column, index) => h("th", { class: column.num ? "num" : null, scope: "col" },
    h("button", { type: "button", title: "Sort", onclick: () => {
      down = order === index ? !down : false; order = index; page = 0; draw();
    } }, column.name)));
  const body = h("tbody");
  place.replaceChildren(
    h("div", { class: "table-tools" }, input, h("span", { class: "pager" }, status, back, next)),
    h("div", { class: "scroll" }, h("table", { class: "data" }, h("thead", {}, h("tr", {}, heads)), body)));
  function rows() {
    let found = Array.from({ length: count }, (_, row) => row);
    if (options.keep) found = found.filter(options.keep);
    if (words) found = found.filter((row) => words.split(/\s+/).every((word) => haystack(row).includes(word)));
    if (order !== null) {
      const value = columns[order].value;
      found.sort((a, b) => {
        const x = value(a), y = value(b);
        const blank = (x === null || x === "") - (y === null || y === "");
        return blank || (typeof x === "string" ? x.localeCompare(y) : x - y) * (down ? -1 : 1) || a - b;
      });
    }
    return found;
  }
  function draw() {
    const found = rows();
    const pages = Math.max(1, Math.ceil(found.length / size));
    page = Math.min(Math.max(page, 0), pages - 1);
    status.textContent = found.length ? `${round.format(page * size + 1)} to ${round.format(Math.min(found.length, (page + 1) * size))} of ${round.format(found.length)}` : "no rows";
    back.disabled = page === 0;
    next.disabled = page === pages - 1;
    heads.forEach((head, index) => head.setAttribute("aria-sort", order !== index ? "none" : down ? "descending" : "ascending"));
    body.replaceChildren(...found.slice(page * size, (page + 1) * size).map((row) => h("tr", {},
      columns.map((column) => h("td", { class: [column.num && "num", column.wide && "wide", column.tight && "nowrap"].filter(Boolean).join(" ") || null },
        column.node ? column.node(row) : cell(column, row))))));
  }
  draw();
  return { draw };
}
const timeColumn = (title, value) => ({ name: title, value, text: (row) => time(value(row)), tight: true });
const numberColumn = (title, value, write = number) => ({ name: title, value, text: (row) => write(value(row)), num: true });
const textColumn = (title, value, more = {}) => ({ name: title, value, ...more });
