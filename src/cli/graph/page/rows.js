"use strict";
// The list of versions. Only the rows in sight are in the document, so that a long lineage scrolls as a short one does.

const HEIGHT = 30;
const BEYOND = 8;
const SIDES = ["local", "upstream"];
const ORIGINS = ["deployment", "sync", "local_modification", "unknown"];

const byId = (id) => document.getElementById(id);

// An element with attributes and children; texts are only ever set as text.
function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function drawing(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

const badge = (word) => make("span", { class: `badge ${word}` }, word);
const short = (id) => id.slice(0, 7);
// Dates lie, and some are none.
function moment(seconds, length) {
  const date = new Date(seconds * 1000);
  return isNaN(date) ? "no date" : date.toISOString().slice(0, length).replace("T", " ");
}
// As the committer's clock showed it.
const day = (version) => moment(version.at + version.offset, 10);

// The lanes beside a version, and the way down to the next one, which reaches into its row.
function lanes(version, width, gap) {
  const svg = drawing("svg", { class: "lanes", width, height: HEIGHT, "aria-hidden": "true" });
  const x = (column) => 8 + column * gap;
  const middle = HEIGHT / 2;
  for (let at = 0; at < version.edges.length; at += 3) {
    const [from, to, side] = version.edges.slice(at, at + 3);
    const [a, b] = [x(from), x(to)];
    const bend = from === to ? `V ${middle + HEIGHT}` : `C ${a} ${middle + HEIGHT * 0.6} ${b} ${middle + HEIGHT * 0.4} ${b} ${middle + HEIGHT}`;
    svg.append(drawing("path", { class: SIDES[side], d: `M ${a} ${middle} ${bend}` }));
  }
  svg.append(drawing("circle", { class: SIDES[version.side], cx: x(version.column), cy: middle, r: 4.5 }));
  return svg;
}

// Shows `versions` in the list; `choose` hears which one was taken.
function makeList(choose) {
  const list = byId("list");
  const rows = byId("rows");
  let versions = [];
  let matches = new Set();
  let chosen = 0;
  let gap = 14;
  let width = 20;
  let drawn = new Map();

  function row(at) {
    const version = versions[at];
    const names = version.names.map((name) => make("span", { class: "badge name", title: name }, name));
    const element = make(
      "div",
      { id: `row-${at}`, role: "option", class: "row", "aria-setsize": versions.length, "aria-posinset": at + 1 },
      lanes(version, width, gap),
      make("span", { class: "origin" }, badge(ORIGINS[version.origin])),
      make("span", { class: "id" }, short(version.id)),
      ...names,
      make("span", { class: "summary", title: version.line || version.summary }, version.line || version.summary),
      make("span", { class: "by" }, version.author),
      make("span", { class: "day" }, day(version)),
    );
    element.style.top = `${at * HEIGHT}px`;
    element.addEventListener("click", () => choose(at));
    return element;
  }

  function draw() {
    const first = Math.max(0, Math.floor(list.scrollTop / HEIGHT) - BEYOND);
    const last = Math.min(versions.length, Math.ceil((list.scrollTop + list.clientHeight) / HEIGHT) + BEYOND);
    // The chosen one stays: the list tells those who do not see it by its element.
    const wanted = (at) => (at >= first && at < last) || at === chosen;
    for (const [at, element] of drawn) {
      if (!wanted(at)) {
        element.remove();
        drawn.delete(at);
      }
    }
    for (const at of new Set([chosen, ...Array.from({ length: last - first }, (_, near) => first + near)])) {
      if (!versions[at]) continue;
      if (!drawn.has(at)) {
        drawn.set(at, row(at));
        rows.append(drawn.get(at));
      }
      drawn.get(at).setAttribute("aria-selected", at === chosen);
      drawn.get(at).classList.toggle("match", matches.has(at));
    }
  }

  list.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
  new ResizeObserver(draw).observe(list);

  return {
    page: () => Math.max(1, Math.floor(list.clientHeight / HEIGHT) - 1),
    show(all) {
      versions = all;
      matches = new Set();
      chosen = 0;
      const lines = (version) => version.edges.reduce((most, column, at) => (at % 3 < 2 ? Math.max(most, column) : most), version.column);
      const columns = versions.reduce((most, version) => Math.max(most, lines(version) + 1), 1);
      gap = Math.min(14, 168 / columns);
      width = 16 + (columns - 1) * gap;
      rows.replaceChildren();
      drawn = new Map();
      rows.style.height = `${versions.length * HEIGHT}px`;
      list.scrollTop = 0;
      draw();
    },
    mark(found) {
      matches = new Set(found);
      draw();
    },
    select(at) {
      chosen = at;
      const top = at * HEIGHT;
      if (top < list.scrollTop) list.scrollTop = top;
      if (top + HEIGHT > list.scrollTop + list.clientHeight) list.scrollTop = top + HEIGHT - list.clientHeight;
      draw();
      list.setAttribute("aria-activedescendant", `row-${at}`);
    },
  };
}
