// What is chosen, and the keys.

const data = JSON.parse(byId("data").textContent);
const list = makeList((at) => select(at));
let artifact = null;
let chosen = 0;
let tab = "changes";
let found = [];

function showPanel() {
  for (const name of ["changes", "blame"]) byId(`tab-${name}`).setAttribute("aria-selected", name === tab);
  byId("panel").setAttribute("aria-labelledby", `tab-${tab}`);
  if (!artifact.versions.length) return byId("panel").replaceChildren(note("There is no version to show."));
  byId("panel").replaceChildren(...(tab === "changes" ? changes(artifact, chosen) : blame(artifact, select)));
}

function select(at) {
  if (!artifact.versions.length) return;
  const before = chosen;
  chosen = Math.max(0, Math.min(artifact.versions.length - 1, at));
  list.select(chosen);
  about(artifact, chosen, select);
  if (tab === "changes" || before !== chosen) {
    if (tab === "changes") showPanel();
    byId("version").scrollTop = 0;
  }
  tell();
}

function showTab(name) {
  tab = name;
  showPanel();
}

// Searching: what is typed may begin an id or a hash, or stand anywhere in the summary, the author or a name.
function search() {
  const query = byId("query").value.trim().toLowerCase();
  const has = (text) => text.toLowerCase().includes(query);
  const fits = (version) => version.id.startsWith(query) || version.content.startsWith(query) || has(version.summary) || has(version.author) || version.names.some(has) || has(version.upstream || "");
  found = [];
  if (query) artifact.versions.forEach((version, at) => fits(version) && found.push(at));
  list.mark(found);
  if (found.length && !found.includes(chosen)) select(found[0]);
  tell();
}

function tell() {
  const at = found.indexOf(chosen);
  const number = found.length === 1 ? "1 match" : `${found.length} matches`;
  byId("found").textContent = !byId("query").value.trim() ? "" : at >= 0 ? `${at + 1} of ${number}` : found.length ? number : "no match";
}

function nextMatch(step) {
  if (!found.length) return;
  const next = step > 0 ? found.find((at) => at > chosen) : found.findLast((at) => at < chosen);
  select(next ?? (step > 0 ? found[0] : found[found.length - 1]));
}

// How many versions of each origin were recorded when.
function timeline() {
  const figure = byId("timeline");
  const svg = figure.firstElementChild;
  const times = artifact.versions.map((version) => version.at);
  const first = times.reduce((a, b) => Math.min(a, b), Infinity);
  const last = times.reduce((a, b) => Math.max(a, b), -Infinity);
  const count = Math.min(60, Math.max(1, artifact.versions.length));
  const span = (last - first + 1) / count;
  const bars = Array.from({ length: count }, () => [[], [], [], []]);
  artifact.versions.forEach((version, at) => bars[Math.min(count - 1, Math.floor((version.at - first) / span))][version.origin].push(at));
  // Within two days the hour matters.
  const length = last - first < 172800 ? 16 : 10;
  const most = bars.reduce((most, bar) => Math.max(most, bar.flat().length), 1);
  svg.toggleAttribute("hidden", last - first < 60);
  svg.setAttribute("viewBox", `0 0 ${count} 42`);
  svg.replaceChildren();
  bars.forEach((bar, at) => {
    let y = 42;
    const words = bar.map((of, origin) => (of.length ? `${of.length} ${ORIGINS[origin]}` : "")).filter(Boolean);
    bar.forEach((of, origin) => {
      const height = (of.length / most) * 42;
      y -= height;
      if (!of.length) return;
      const rect = drawing("rect", { class: ORIGINS[origin], x: at + 0.08, y, width: 0.84, height });
      const title = drawing("title", {});
      title.textContent = `${moment(first + at * span, length)}: ${words.join(", ")}`;
      rect.append(title);
      rect.addEventListener("click", () => select(of[0]));
      svg.append(rect);
    });
  });
  const totals = ORIGINS.map((word, origin) => [artifact.versions.filter((version) => version.origin === origin).length, word]);
  const said = totals.filter(([number]) => number).map(([number, word]) => `${number} ${word}`).join(", ");
  const ends = artifact.versions.length ? [moment(first, length), moment(last, length)] : ["", ""];
  svg.setAttribute("aria-label", `Versions over time, from ${ends[0]} to ${ends[1]}: ${said}`);
  figure.lastElementChild.replaceChildren(make("span", {}, ends[0]), make("span", {}, said), make("span", {}, ends[1]));
}

function legend() {
  const key = (side, text) => {
    const svg = drawing("svg", { class: "key", width: 16, height: 16, "aria-hidden": "true" });
    svg.append(drawing("circle", { class: side, cx: 8, cy: 8, r: 4.5 }));
    return make("li", {}, svg, ` ${text}`);
  };
  byId("legend").replaceChildren(key("upstream", "ring, blue line: upstream's content alone"), key("local", "disc, amber line: holds what was made here"));
}

function showArtifact(at) {
  artifact = data.artifacts[at];
  chosen = 0;
  document.title = `Lineage of ${artifact.id}`;
  byId("left-out").textContent = artifact.left_out;
  byId("left-out").hidden = !artifact.left_out;
  byId("query").value = "";
  found = [];
  list.show(artifact.versions);
  timeline();
  select(0);
  showPanel();
}

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || byId("help").open) return;
  const typing = event.target.matches("input, select");
  const inList = event.target === byId("list") || event.target === document.body;
  const keys = {
    j: () => select(chosen + 1),
    k: () => select(chosen - 1),
    p: () => typeof artifact.versions[chosen]?.parents[0] === "number" && select(artifact.versions[chosen].parents[0]),
    n: () => nextMatch(1),
    N: () => nextMatch(-1),
    c: () => showTab("changes"),
    b: () => showTab("blame"),
    "/": () => byId("query").focus(),
    "?": () => byId("help").showModal(),
    Escape: () => byId("list").focus(),
  };
  const inListKeys = {
    ArrowDown: keys.j,
    ArrowUp: keys.k,
    Home: () => select(0),
    End: () => select(artifact.versions.length - 1),
    PageDown: () => select(chosen + list.page()),
    PageUp: () => select(chosen - list.page()),
    Enter: () => byId("version").focus(),
  };
  const act = (typing ? event.key === "Escape" && keys.Escape : keys[event.key]) || (inList && inListKeys[event.key]);
  if (act) {
    event.preventDefault();
    act();
  }
}

function start() {
  if (!data.artifacts.length) {
    byId("left-out").textContent = "Nothing is deployed.";
    byId("left-out").hidden = false;
    return;
  }
  data.artifacts.forEach((one, at) => byId("artifact").append(make("option", { value: at }, one.id)));
  byId("artifact").addEventListener("change", (event) => showArtifact(Number(event.target.value)));
  byId("query").addEventListener("input", search);
  byId("search").addEventListener("submit", (event) => event.preventDefault());
  byId("query").addEventListener("keydown", (event) => {
    if (event.key === "Enter") nextMatch(event.shiftKey ? -1 : 1);
    if (event.key === "ArrowDown") byId("list").focus();
  });
  byId("keys").addEventListener("click", () => byId("help").showModal());
  byId("tab-changes").addEventListener("click", () => showTab("changes"));
  byId("tab-blame").addEventListener("click", () => showTab("blame"));
  document.addEventListener("keydown", onKey);
  legend();
  showArtifact(0);
  byId("list").focus();
}

start();
