const PAUSE = 250; // milliseconds of no typing before a search
const PATIENCE = 60; // seconds for an answer
const GONE = "The kernel is gone: run the cell again.";

function make(tag, className, attributes = {}, text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  return node;
}

const keyOf = (path) => JSON.stringify(path);

// Questions to the kernel and their answers, by number.
class Kernel {
  constructor(model) {
    this.model = model;
    this.waiting = new Map();
    // Every view hears every answer: the numbers of this one begin with something of its own.
    this.mine = Math.random().toString(36).slice(2);
    this.next = 0;
    this.listener = (message) => this.hear(message);
    model.on("msg:custom", this.listener);
  }

  ask(question) {
    const id = `${this.mine}-${this.next++}`;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(id);
        reject([`no answer for ${PATIENCE} seconds`]);
      }, PATIENCE * 1000);
      this.waiting.set(id, { resolve, reject, timer });
      this.model.send({ id, ...question });
    });
  }

  hear({ id, answer, error }) {
    const asked = this.waiting.get(id);
    if (!asked) return;
    clearTimeout(asked.timer);
    this.waiting.delete(id);
    if (error) asked.reject(error);
    else asked.resolve(answer);
  }

  close() {
    this.model.off("msg:custom", this.listener);
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
  }
}

class Tree {
  constructor(model, el) {
    this.model = model;
    this.kernel = new Kernel(model);
    this.open = new Set(model.get("opened").map(keyOf));
    this.chosen = null;
    this.root = make("div", "flinklab", { "data-lm-suppress-shortcuts": "true" });
    this.build();
    el.style.width = "100%";
    el.append(this.root);
    this.fill(this.list, [], 0);
    this.look();
  }

  build() {
    const mark = this.model.get("mark");
    if (mark) {
      // While this view is on the page it stands in for the still picture of the same tree.
      const style = make("style");
      style.textContent = `.${mark}, .jp-OutputArea-child:has(.${mark}) { display: none; }`;
      this.root.append(style);
    }
    const card = make("div", "fl-card fl-live fl-tree");
    const bar = make("div", "fl-tree-bar");
    this.input = make("input", "", {
      type: "search",
      placeholder: "Search names, columns, tags, comments",
      "aria-label": "Search what is shared",
      spellcheck: "false",
    });
    const again = make("button", "fl-icon", { type: "button", title: "Look again", "aria-label": "Look again" }, "⟳");
    this.said = make("span", "fl-soft", { role: "status" });
    bar.append(this.input, again, this.said);
    this.list = make("div", "fl-tree-list", { role: "tree", "aria-label": "Catalog" });
    this.hits = make("div", "fl-tree-list", { role: "tree", "aria-label": "Found" });
    this.hits.hidden = true;
    this.panel = make("div", "fl-tree-panel", { role: "region", "aria-label": "About the table", tabindex: "0" });
    this.panel.hidden = true;
    const both = make("div", "fl-tree-both");
    both.append(this.list, this.hits, this.panel);
    card.append(bar, both);
    this.root.append(card);
    this.input.addEventListener("input", () => {
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.search(), PAUSE);
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Escape") {
        this.input.value = "";
        this.search();
      } else if (event.key === "ArrowDown") {
        event.preventDefault();
        this.rows()[0]?.focus();
      }
    });
    again.addEventListener("click", () => this.again());
    for (const list of [this.list, this.hits]) list.addEventListener("keydown", (event) => this.key(event));
  }

  // Whether the kernel's end is still there.
  async look() {
    const own = await this.model.widget_manager?.get_model(this.model.get("me"));
    if (own?.comm_live === false) this.said.textContent = GONE;
  }

  async again() {
    this.list.replaceChildren();
    await this.fill(this.list, [], 0);
    if (this.chosen) this.show(this.chosen);
  }

  async fill(into, path, depth, after = "") {
    const wait = make("div", "fl-tree-note", {}, "…");
    wait.style.paddingInlineStart = `${26 + 16 * depth}px`;
    const slow = setTimeout(() => into.append(wait), 150);
    try {
      const found = await this.kernel.ask({ ask: "children", path, after });
      this.add(into, found.nodes, depth);
      if (found.after !== null) this.addMore(into, path, depth, found.after);
      if (!found.nodes.length && !after) this.addNote(into, depth, "nothing here");
    } catch (error) {
      this.addNote(into, depth, String(error[0] ?? error), error.slice?.(1).join("\n"), true);
    } finally {
      clearTimeout(slow);
      wait.remove();
    }
    if (!this.rows().some((row) => row.tabIndex === 0)) this.rows()[0]?.setAttribute("tabindex", "0");
  }

  add(into, nodes, depth) {
    for (const node of nodes) {
      const item = make("div");
      const row = make("div", "fl-tree-row", {
        role: "treeitem",
        "aria-level": depth + 1,
        "aria-selected": "false",
        tabindex: "-1",
      });
      row.style.paddingInlineStart = `${8 + 16 * depth}px`;
      const sign = make("span", "fl-tree-sign", { "aria-hidden": "true" }, node.opens ? "›" : "");
      const icon = make("span", "fl-tree-icon", { "data-icon": node.icon, "aria-hidden": "true" });
      const detail = make("span", "fl-tree-detail", {}, node.detail);
      row.append(sign, icon, make("span", "fl-tree-label", {}, node.label), detail);
      if (node.note) row.title = node.note;
      const children = make("div", "", { role: "group" });
      children.hidden = true;
      item.append(row, children);
      into.append(item);
      row.node = node;
      row.children_ = children;
      row.depth = depth;
      if (node.opens) row.setAttribute("aria-expanded", "false");
      row.addEventListener("click", (event) => {
        this.focus(row);
        if (node.describes && !event.target.classList.contains("fl-tree-sign")) this.show(node, row);
        else this.toggle(row);
      });
      row.addEventListener("dblclick", () => node.describes && this.toggle(row));
      if (node.opens && this.open.has(keyOf(node.path))) this.toggle(row, true, false);
    }
  }

  addMore(into, path, depth, after) {
    const more = make("div", "fl-tree-row fl-tree-more", { role: "treeitem", "aria-level": depth + 1, tabindex: "-1" }, "200 more");
    more.style.paddingInlineStart = `${26 + 16 * depth}px`;
    more.act = () => {
      const last = more.previousElementSibling?.querySelector(".fl-tree-row");
      more.remove();
      if (last) this.focus(last);
      this.fill(into, path, depth, after);
    };
    more.addEventListener("click", more.act);
    into.append(more);
  }

  addNote(into, depth, text, title = "", wrong = false) {
    const note = make("div", `fl-tree-note${wrong ? " fl-wrong" : ""}`, title ? { title } : {}, text);
    note.style.paddingInlineStart = `${26 + 16 * depth}px`;
    into.append(note);
  }

  toggle(row, open = row.getAttribute("aria-expanded") !== "true", keep = true) {
    if (!row.node?.opens || (row.getAttribute("aria-expanded") === "true") === open) return;
    row.setAttribute("aria-expanded", String(open));
    row.children_.hidden = !open;
    row.children_.replaceChildren();
    if (open) this.fill(row.children_, row.node.path, row.depth + 1);
    if (!keep || this.hits.contains(row)) return;
    if (open) this.open.add(keyOf(row.node.path));
    else this.open.delete(keyOf(row.node.path));
    this.model.set("opened", [...this.open].map((key) => JSON.parse(key)));
    this.model.save_changes();
  }

  // What is on the page, in order: the arrow keys walk over it.
  rows() {
    const list = this.hits.hidden ? this.list : this.hits;
    return [...list.querySelectorAll(".fl-tree-row")].filter((row) => row.offsetParent !== null);
  }

  focus(row) {
    for (const other of this.root.querySelectorAll('.fl-tree-row[tabindex="0"]')) other.tabIndex = -1;
    row.tabIndex = 0;
    row.focus();
  }

  key(event) {
    const rows = this.rows();
    const at = rows.indexOf(this.root.getRootNode().activeElement);
    const row = rows[at];
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const open = row.getAttribute("aria-expanded") === "true";
    const moves = {
      ArrowDown: () => rows[at + 1] && this.focus(rows[at + 1]),
      ArrowUp: () => (at ? this.focus(rows[at - 1]) : this.input.focus()),
      Home: () => this.focus(rows[0]),
      End: () => this.focus(rows[rows.length - 1]),
      ArrowRight: () => (row.node?.opens && !open ? this.toggle(row, true) : rows[at + 1] && this.focus(rows[at + 1])),
      ArrowLeft: () => {
        if (open) return this.toggle(row, false);
        const parent = row.parentElement.parentElement?.previousElementSibling;
        if (parent?.classList.contains("fl-tree-row")) this.focus(parent);
      },
      Enter: () => (row.act ? row.act() : row.node.describes ? this.show(row.node, row) : this.toggle(row)),
      " ": () => (row.act ? row.act() : this.toggle(row)),
    };
    if (!moves[event.key]) return;
    event.preventDefault();
    event.stopPropagation();
    moves[event.key]();
  }

  async search() {
    const text = this.input.value.trim();
    this.sought = text;
    this.list.hidden = Boolean(text);
    this.hits.hidden = !text;
    if (!text) {
      this.said.textContent = "";
      return;
    }
    try {
      const found = await this.kernel.ask({ ask: "search", text });
      if (this.sought !== text) return;
      this.hits.replaceChildren();
      this.add(this.hits, found.nodes, 0);
      const number = found.nodes.length;
      this.said.textContent = number === 200 ? "the best 200" : `${number} found`;
      this.rows()[0]?.setAttribute("tabindex", "0");
    } catch (error) {
      if (this.sought !== text) return;
      this.said.textContent = String(error[0] ?? error);
    }
  }

  async show(node, row = null) {
    this.chosen = node;
    for (const other of this.root.querySelectorAll('[aria-selected="true"]')) other.setAttribute("aria-selected", "false");
    row?.setAttribute("aria-selected", "true");
    const key = keyOf(node.path);
    this.shown = key;
    this.panel.hidden = false;
    if (this.panel.dataset.key !== key) this.panel.replaceChildren(make("div", "fl-tree-title", {}, node.label));
    this.panel.dataset.key = key;
    try {
      const about = await this.kernel.ask({ ask: "panel", path: node.path });
      if (this.shown === key) this.draw(about, node);
    } catch (error) {
      if (this.shown === key) this.panel.replaceChildren(make("div", "fl-tree-title", {}, node.label), wrong(error));
    }
  }

  draw(about, node) {
    const head = make("div", "fl-tree-head");
    const close = make("button", "fl-icon", { type: "button", title: "Close", "aria-label": "Close" }, "×");
    close.addEventListener("click", () => this.hide());
    head.append(make("span", "fl-tree-title", {}, about.title), close);
    const buttons = make("div", "fl-tree-buttons");
    buttons.append(copier("Copy name", about.name));
    const rows = make("div", "fl-tree-rows");
    if (about.query) {
      const sample = make("button", "", { type: "button" }, "Sample rows");
      sample.addEventListener("click", () => this.sample(node, sample, rows));
      buttons.append(copier("Copy query", about.query), sample);
    }
    const parts = [head, buttons, rows];
    if (about.facts.length) parts.push(facts(about.facts));
    if (about.ddl) parts.push(make("pre", "fl-text", { tabindex: "0" }, about.ddl));
    if (about.usedBy.length) parts.push(list("Used by", about.usedBy));
    if (about.needs.length) parts.push(list("Needs", about.needs));
    this.panel.replaceChildren(...parts);
  }

  hide() {
    this.panel.hidden = true;
    this.shown = this.chosen = null;
    const row = this.root.querySelector('[aria-selected="true"]');
    row?.setAttribute("aria-selected", "false");
    row?.focus();
  }

  async sample(node, button, into) {
    button.disabled = true;
    button.textContent = "Reading…";
    try {
      const moment = await this.kernel.ask({ ask: "sample", path: node.path });
      into.replaceChildren(table(moment));
    } catch (error) {
      into.replaceChildren(wrong(error));
    } finally {
      button.disabled = false;
      button.textContent = "Sample rows";
    }
  }

  close() {
    clearTimeout(this.typing);
    this.kernel.close();
  }
}

function wrong(lines) {
  const box = make("div", "fl-tree-note fl-wrong");
  box.textContent = Array.isArray(lines) ? lines.join("\n") : String(lines);
  return box;
}

function copier(label, text) {
  const button = make("button", "", { type: "button", title: text }, label);
  button.addEventListener("click", async () => {
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      done = false; // not a secure page, or not allowed
    }
    button.textContent = done ? "Copied" : "The browser refused";
    setTimeout(() => (button.textContent = label), 1500);
  });
  return button;
}

function facts(pairs) {
  const box = make("dl", "fl-tree-facts");
  for (const [name, text] of pairs) box.append(make("dt", "", {}, name), make("dd", "", {}, text));
  return box;
}

function list(title, lines) {
  const box = make("div", "fl-tree-uses");
  box.append(make("div", "fl-tree-heading", {}, title));
  for (const [kind, name, how] of lines) {
    const line = make("div");
    line.append(make("span", "fl-soft", {}, `${how} · ${kind} `), name);
    box.append(line);
  }
  return box;
}

function table(moment) {
  const box = make("div", "fl-box", { tabindex: "0", role: "region", "aria-label": "Sample rows" });
  const drawn = make("table");
  const head = drawn.createTHead().insertRow();
  for (const [name, type, title, numeric] of moment.columns) {
    const th = make("th", numeric ? "fl-n" : "", { scope: "col", title }, name);
    th.append(make("small", "", {}, type));
    head.append(th);
  }
  const body = drawn.createTBody();
  for (const row of moment.rows) {
    const tr = body.insertRow();
    row.forEach((cell, i) => {
      const [text, whole] = Array.isArray(cell) ? cell : [cell, ""];
      const td = make("td", moment.columns[i][3] ? "fl-n" : "", whole ? { title: whole } : {});
      td.append(text === null ? make("i", "", {}, "NULL") : text);
      tr.append(td);
    });
  }
  box.append(drawn);
  const parts = make("div");
  parts.append(box, make("div", "fl-note", {}, [moment.count, ...moment.notes].join(" · ")));
  return parts;
}

function render({ model, el }) {
  const tree = new Tree(model, el);
  return () => tree.close();
}

export default { render };
