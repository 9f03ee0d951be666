const PATIENCE = 60; // seconds for an answer
const SECOND = 1000;
const GONE = "The kernel is gone: run the cell again.";
const FACTS = ["job", "env", "cluster", "state", "version", "since", "attempt", "last checkpoint", "command", "why"];
const COLUMNS = [...FACTS, ""];
const RUNS = new Set(["starting", "running", "restarting", "stopping", "unreachable"]);

function make(tag, className, attributes = {}, text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  return node;
}

// How long ago, in one unit, as a person says it.
function ago(stamp, now) {
  if (stamp === null) return "";
  const seconds = Math.max(0, Math.round((now - stamp) / SECOND));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

class Board {
  constructor(model, el) {
    this.model = model;
    this.waiting = new Map();
    // Every view hears every answer: the numbers of this one begin with something of its own.
    this.mine = Math.random().toString(36).slice(2);
    this.next = 0;
    this.root = make("div", "flinklab", { "data-lm-suppress-shortcuts": "true" });
    const mark = model.get("mark");
    if (mark) {
      // While this view is on the page it stands in for the still picture of the same table.
      const style = make("style");
      style.textContent = `.${mark}, .jp-OutputArea-child:has(.${mark}) { display: none; }`;
      this.root.append(style);
    }
    const card = make("div", "fl-card fl-live fl-jobs");
    this.said = make("div", "fl-note", { role: "status" });
    const box = make("div", "fl-box");
    const table = make("table");
    const head = make("thead");
    const line = make("tr");
    for (const name of COLUMNS) line.append(make("th", "", { scope: "col" }, name));
    head.append(line);
    this.body = make("tbody");
    table.append(head, this.body);
    box.append(table);
    card.append(box, this.said);
    this.root.append(card);
    el.style.width = "100%";
    el.append(this.root);
    this.draw = this.draw.bind(this);
    this.hear = this.hear.bind(this);
    model.on("change:moment", this.draw);
    model.on("msg:custom", this.hear);
    this.timer = setInterval(() => this.tick(), SECOND);
    this.draw();
    this.look();
  }

  // Whether the kernel's end is still there.
  async look() {
    const own = await this.model.widget_manager?.get_model(this.model.get("me"));
    if (own?.comm_live === false) this.said.textContent = GONE;
  }

  draw() {
    const { rows = [], more = 0, error = "" } = this.model.get("moment");
    const focus = document.activeElement?.getAttribute?.("data-what");
    this.times = [];
    this.body.replaceChildren(...rows.map((row, number) => this.row(row, number % 2 === 1)));
    if (!rows.length) this.body.append(this.empty());
    if (focus) this.body.querySelector(`[data-what="${CSS.escape(focus)}"]`)?.focus();
    if (error) this.said.textContent = error;
    else if (more) this.said.textContent = `${more.toLocaleString("en")} more are not shown`;
    else if (this.wasError) this.said.textContent = "";
    this.wasError = Boolean(error);
    this.tick();
  }

  empty() {
    const line = make("tr");
    line.append(make("td", "fl-soft", { colspan: String(COLUMNS.length) }, "no managed jobs"));
    return line;
  }

  row(row, odd) {
    const [team, name, environment] = row.key;
    const line = make("tr", odd ? "fl-odd" : "");
    const state = make("td", row.problem ? "fl-wrong" : "", {}, row.state);
    const since = make("td");
    const checkpoint = make("td");
    this.times.push([since, row.since, ""], [checkpoint, row.checkpoint, " ago"]);
    line.append(
      make("td", "", {}, `${team}.${name}`),
      make("td", "", {}, environment),
      make("td", "", {}, row.cluster),
      state,
      make("td", "", {}, row.version),
      since,
      make("td", "fl-n", {}, row.attempt === null ? "" : String(row.attempt)),
      checkpoint,
      make("td", "", {}, row.command),
      make("td", "fl-jobs-why", { title: row.why }, row.why),
      this.buttons(row),
    );
    return line;
  }

  buttons(row) {
    const cell = make("td", "fl-jobs-do");
    for (const verb of RUNS.has(row.state) ? ["stop", "savepoint", "restart"] : ["start"]) {
      const what = `${verb} ${row.key.join(".")}`;
      const button = make("button", "", { type: "button", "data-what": what, "aria-label": what }, verb);
      button.disabled = Boolean(row.command);
      button.addEventListener("click", () => this.ask(verb, row.key, button));
      cell.append(button);
    }
    return cell;
  }

  ask(verb, key, button) {
    button.disabled = true;
    const id = `${this.mine}-${this.next++}`;
    const timer = setTimeout(() => this.answer(id, [`no answer for ${PATIENCE} seconds`]), PATIENCE * SECOND);
    this.waiting.set(id, { timer, button });
    this.model.send({ id, verb, key });
  }

  hear({ id, answer, error }) {
    this.answer(id, error, answer);
  }

  answer(id, error, said = "") {
    const asked = this.waiting.get(id);
    if (!asked) return;
    clearTimeout(asked.timer);
    this.waiting.delete(id);
    if (error) asked.button.disabled = false;
    this.said.textContent = error ? error.join(" ") : said;
  }

  tick() {
    const now = Date.now();
    for (const [cell, stamp, after] of this.times) cell.textContent = stamp === null ? "" : ago(stamp, now) + after;
  }

  close() {
    this.model.off("change:moment", this.draw);
    this.model.off("msg:custom", this.hear);
    clearInterval(this.timer);
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
  }
}

function render({ model, el }) {
  const board = new Board(model, el);
  return () => board.close();
}

export default { render };
