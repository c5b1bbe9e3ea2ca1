// What stands beside the list: one version, what it changed, and the blame of the head.

const LONG = 400;
const LETTERS = { added: "A", modified: "M", deleted: "D", renamed: "R" };

// Whose change a file is.
const WHOSE = {
  upstream: "upstream's change",
  local: "changed here",
  both: "changed here and by upstream",
  none: "neither changed here nor by upstream",
  unknown: "not known: there is no upstream content to compare with",
};

const note = (text) => make("p", { class: "note" }, text);

function jump(version, at, go) {
  const button = make("button", { type: "button", class: "jump id", title: version.summary }, short(version.id));
  button.addEventListener("click", () => go(at));
  return button;
}

function about(artifact, at, go) {
  const version = artifact.versions[at];
  const list = make("dl");
  const field = (name, ...values) => list.append(make("dt", {}, name), make("dd", {}, ...values));
  const parents = version.parents.map((parent) => (typeof parent === "number" ? jump(artifact.versions[parent], parent, go) : make("code", {}, `${short(parent)} (not on this page)`)));
  field("origin", badge(ORIGINS[version.origin]), " ", version.side ? "upstream's content alone" : "holds what was made here");
  field("version", make("code", {}, version.id));
  field("content", make("code", {}, version.content));
  if (parents.length) field(parents.length > 1 ? "parents" : "parent", ...parents.flatMap((parent) => [parent, " "]));
  if (version.orphan) field("", "a parent is not in this clone");
  field("author", version.author);
  field("recorded", moment(version.at + version.offset, 16));
  if (version.upstream) field("upstream", version.upstream);
  if (version.commit) field("from commit", make("code", {}, version.commit));
  if (version.names.length) field("here", ...version.names.map((name) => make("span", { class: "badge name" }, name)));
  byId("about").replaceChildren(make("h2", {}, version.summary), list);
}

// A patch, each line in the colour of what its first character says.
function patch(text) {
  const pre = make("pre");
  for (const line of text.split("\n")) {
    const kind = { "+": "added", "-": "removed", "@": "hunk" }[line[0]];
    pre.append(make("span", kind ? { class: kind } : {}, line));
  }
  return make("div", { class: "lines" }, pre);
}

function fileOf(file, open) {
  const whose = badge(file.origin);
  whose.title = WHOSE[file.origin];
  const letter = make("span", { title: file.status }, LETTERS[file.status] || "M");
  const name = make("code", {}, file.before ? `${file.before} → ${file.path}` : file.path);
  const counts = file.size !== undefined ? `${file.size} bytes` : file.added !== undefined ? `+${file.added} −${file.deleted}` : "";
  const header = [whose, letter, name, make("span", {}, counts)];
  if (!file.patch && !file.note) return make("div", { class: "file" }, make("div", { class: "header" }, ...header));
  const element = make("details", { class: "file" }, make("summary", { class: "header" }, ...header));
  if (file.patch) element.append(patch(file.patch));
  if (file.note) element.append(note(file.note));
  element.open = open;
  return element;
}

function changes(artifact, at) {
  const version = artifact.versions[at];
  const diff = artifact.diffs[version.id];
  if (!diff) {
    const parent = version.parents[0];
    const before = typeof parent === "number" ? artifact.versions[parent].id : parent;
    const command = before ? `git lineage diff ${short(before)} ${short(version.id)}` : `git lineage show ${short(version.id)}`;
    return [note(artifact.diffs_left_out), make("p", {}, make("code", {}, command), " shows it.")];
  }
  const parts = [];
  if (diff.note) parts.push(note(diff.note));
  if (version.parents.length > 1) parts.push(make("p", {}, "Against its first parent: what the merge brought in."));
  const lines = diff.files.reduce((sum, file) => sum + (file.patch ? file.patch.split("\n").length : 0), 0);
  parts.push(...diff.files.map((file) => fileOf(file, lines < LONG)));
  if (!diff.files.length && !diff.note) parts.push(note("Nothing: the content is that of its first parent."));
  return parts;
}

function blamedFile(artifact, file, go) {
  if (!file.lines) return note(file.note);
  const body = make("tbody");
  let before = null;
  file.lines.forEach(([at, resolved, text], number) => {
    const version = typeof at === "number" ? artifact.versions[at] : { id: at, origin: 3, summary: "not on this page" };
    const word = ORIGINS[version.origin];
    const first = at !== before;
    before = at;
    const who = first ? [badge(word), " ", typeof at === "number" ? jump(version, at, go) : make("code", {}, short(at)), resolved ? " resolved" : ""] : [];
    const row = make("tr", { class: first ? `${word} first` : word });
    row.append(make("td", {}, ...who), make("td", { class: "number" }, String(number + 1)), make("td", {}, text));
    body.append(row);
  });
  return make("div", { class: "lines" }, make("table", { class: "blame" }, body));
}

function blame(artifact, go) {
  const parts = [];
  if (artifact.blame_note) parts.push(note(artifact.blame_note));
  if (!artifact.blame.length) return parts;
  const choice = make("select", {});
  artifact.blame.forEach((file, at) => choice.append(make("option", { value: at }, file.path)));
  const place = make("div", {});
  const show = () => place.replaceChildren(blamedFile(artifact, artifact.blame[choice.value], go));
  choice.addEventListener("change", show);
  show();
  parts.push(make("label", { class: "choice" }, "Each line of", choice), place);
  return parts;
}
