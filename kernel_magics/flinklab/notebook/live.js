const QUIET_AFTER = 5; // seconds without news
const GONE = "The kernel that ran this query is gone; these are the last rows that it sent.";

function make(tag, className, attributes = {}) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// The same words as the still picture's.
function duration(seconds) {
  if (seconds < 0.9995) return `${Math.round(Math.max(seconds, 0) * 1000)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (number) => String(number).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${two(Math.floor(whole / 60) % 60)} min`;
  return `${Math.floor(whole / 86400)} d ${two(Math.floor(whole / 3600) % 24)} h`;
}

class Rows {
  constructor(box, table) {
    this.box = box;
    this.body = table.createTBody();
    this.rows = [];
    this.first = null;
    this.follows = true;
    this.top = 0;
    box.addEventListener("scroll", () => this.remember());
    // A page takes a cell out and puts it back as one scrolls, and the box then forgets where it was.
    this.observer = new ResizeObserver(() => this.restore());
    this.observer.observe(box);
  }

  remember() {
    this.top = this.box.scrollTop;
    this.follows = this.box.scrollHeight - this.top - this.box.clientHeight < 8;
  }

  restore() {
    if (!this.box.clientHeight) return;
    this.box.scrollTop = this.first !== null && this.follows ? this.box.scrollHeight : this.top;
  }

  draw(moment) {
    if (moment.first === null) this.change(moment);
    else this.append(moment);
    this.rows = moment.rows;
    this.first = moment.first;
    if (this.first !== null && this.follows) this.restore();
  }

  // Rows have numbers: drop those that left, add those that came, and keep what the reader looks at in place.
  append(moment) {
    const gone = this.first === null ? this.rows.length : moment.first - this.first;
    const same = gone >= 0 && gone <= this.rows.length;
    const anchor = this.follows ? null : this.firstVisible();
    const before = anchor?.offsetTop;
    for (let i = 0; i < (same ? gone : this.rows.length); i++) this.body.firstChild.remove();
    for (let i = 0; i < this.body.children.length; i++) this.set(i, moment.rows[i], false);
    for (let i = this.body.children.length; i < moment.rows.length; i++) {
      this.add(moment.rows[i], (moment.first + i) % 2 === 1);
    }
    if (anchor?.isConnected && anchor.offsetTop !== before) {
      this.box.scrollTop += anchor.offsetTop - before;
      this.remember();
    }
  }

  // Rows have no keys: a row that was there before is the same row, wherever it is now; of the others each is
  // compared with the most similar one that is gone.
  change(moment) {
    const fresh = this.first !== null || this.rows.length === 0;
    const before = fresh ? null : counted(this.rows);
    const news = moment.rows.map((row) => before !== null && !take(before, JSON.stringify(row)));
    const left = before === null ? [] : this.rows.filter((row) => take(before, JSON.stringify(row)));
    moment.rows.forEach((row, i) => {
      if (i < this.body.children.length) this.set(i, row, true);
      else this.add(row, i % 2 === 1);
      if (news[i]) this.flash(this.body.children[i], row, closest(row, left));
    });
    while (this.body.children.length > moment.rows.length) this.body.lastChild.remove();
  }

  firstVisible() {
    const head = this.box.querySelector("thead").offsetHeight;
    return [...this.body.children].find((row) => row.offsetTop + row.offsetHeight > this.box.scrollTop + head);
  }

  add(row, odd) {
    const tr = make("tr", odd ? "fl-odd" : "");
    row.forEach((cell, i) => tr.append(this.fill(make("td", this.numeric[i] ? "fl-n" : ""), cell)));
    this.body.append(tr);
  }

  set(index, row, inPlace) {
    const tr = this.body.children[index];
    const old = this.rows[inPlace ? index : index + this.rows.length - this.body.children.length] ?? [];
    row.forEach((cell, i) => {
      if (JSON.stringify(cell) !== JSON.stringify(old[i])) this.fill(tr.children[i], cell);
    });
  }

  fill(td, cell) {
    const [text, whole] = Array.isArray(cell) ? cell : [cell, ""];
    if (text === null) {
      const empty = make("i");
      empty.textContent = "NULL";
      td.replaceChildren(empty);
    } else td.textContent = text;
    if (whole) td.title = whole;
    else td.removeAttribute("title");
    return td;
  }

  flash(tr, row, old) {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const colour = "color-mix(in srgb, var(--fl-brand) 24%, transparent)";
    row.forEach((cell, i) => {
      if (old && JSON.stringify(cell) === JSON.stringify(old[i])) return;
      tr.children[i].animate([{ backgroundColor: colour }, { backgroundColor: "transparent" }], 900);
    });
  }
}

function counted(rows) {
  const counts = new Map();
  for (const row of rows) {
    const key = JSON.stringify(row);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

function take(counts, key) {
  const count = counts.get(key) ?? 0;
  if (count) counts.set(key, count - 1);
  return count > 0;
}

function closest(row, candidates) {
  let best = -1;
  let most = 0;
  candidates.forEach((candidate, index) => {
    const equal = row.filter((cell, i) => JSON.stringify(cell) === JSON.stringify(candidate[i])).length;
    if (equal > most) [best, most] = [index, equal];
  });
  return best < 0 ? null : candidates.splice(best, 1)[0];
}

class View {
  constructor(model, el) {
    this.model = model;
    this.gone = false;
    this.root = make("div", "flinklab", { "data-lm-suppress-shortcuts": "true" });
    this.build();
    el.append(this.root);
  }

  build() {
    const { model, root } = this;
    // While this view is on the page it stands in for the still picture of the same result.
    const mark = model.get("mark");
    if (mark) {
      const style = make("style");
      style.textContent = `.${mark}, .jp-OutputArea-child:has(.${mark}) { display: none; }`;
      root.append(style);
    }
    const card = make("div", "fl-card fl-live");
    const bar = make("div", "fl-bar");
    this.state = make("span", "fl-state");
    this.count = make("span", "fl-count");
    this.rate = make("span", "fl-soft fl-rate");
    this.elapsed = make("span", "fl-soft fl-elapsed", { "aria-hidden": "true" });
    this.job = make("span", "fl-soft");
    this.link = make("a", "", { target: "_blank", rel: "noopener" });
    this.stop = make("button", "fl-stop", { type: "button" });
    bar.append(this.state, this.count, this.rate, this.elapsed, this.job, this.link, make("span", "fl-push"), this.stop);
    this.notes = make("div");
    this.spoken = make("div", "fl-unseen", { role: "status" });
    const box = make("div", "fl-box", { tabindex: "0", role: "region", "aria-label": "Rows of the result" });
    const table = make("table");
    this.head = table.createTHead().insertRow();
    this.rows = new Rows(box, table);
    box.append(table);
    card.append(bar, this.notes, box, this.spoken);
    root.append(card);
    this.stop.addEventListener("click", () => {
      model.set("stop_requested", true);
      model.save_changes();
    });
  }

  open() {
    const { model } = this;
    this.listeners = {
      "change:moment": () => this.news(),
      "change:stop_requested": () => this.draw(),
      "change:stop_error": () => this.draw(),
      comm_live_update: () => this.look(),
    };
    for (const [event, listener] of Object.entries(this.listeners)) model.on(event, listener);
    this.timer = setInterval(() => this.tick(), 100);
    this.news();
    this.look();
    model.set("views", model.get("views") + 1);
    model.save_changes();
  }

  close() {
    clearInterval(this.timer);
    this.rows.observer.disconnect();
    for (const [event, listener] of Object.entries(this.listeners)) this.model.off(event, listener);
  }

  // Whether the kernel's end is still there: a page can hold the state of a widget that nobody answers for.
  async look() {
    const own = await this.model.widget_manager.get_model(this.model.get("me"));
    this.gone = own.comm_live === false;
    this.draw();
  }

  news() {
    this.heard = performance.now();
    const moment = this.model.get("moment");
    if (!moment.state) return;
    this.drawHead(moment.columns);
    this.rows.draw(moment);
    this.settle();
    this.draw();
  }

  draw() {
    const moment = this.model.get("moment");
    if (!moment.state) return;
    const running = moment.state === "running";
    const stopping = this.model.get("stop_requested");
    const gone = running && this.gone;
    const word = gone ? "Kernel gone" : running && stopping ? "Stopping…" : moment.word;
    this.root.dataset.state = gone ? "gone" : moment.state;
    setText(this.state, word);
    setText(this.spoken, running ? word : `${word}: ${moment.count}`);
    setText(this.count, moment.count);
    this.stop.hidden = !running || gone;
    this.stop.disabled = stopping;
    setText(this.stop, stopping ? "Stopping…" : "Stop");
    this.link.hidden = !(moment.job && moment.link);
    this.job.hidden = !moment.job || Boolean(moment.link);
    setText(this.job, moment.job);
    setText(this.link, `${moment.job} ↗`);
    if (moment.link) this.link.href = moment.link;
    this.link.title = this.job.title = moment.title;
    const error = this.model.get("stop_error");
    this.drawNotes([...moment.notes, ...(error && running ? [error] : []), ...(gone ? [GONE] : [])]);
    this.tick();
  }

  drawNotes(lines) {
    if (lines.join("\n") === this.drawnNotes) return;
    this.drawnNotes = lines.join("\n");
    this.notes.replaceChildren(
      ...lines.map((line) => {
        const note = make("div", "fl-note");
        note.textContent = line;
        return note;
      }),
    );
  }

  drawHead(columns) {
    const key = JSON.stringify(columns);
    if (key === this.drawnHead) return;
    this.drawnHead = key;
    this.rows.numeric = columns.map((column) => column[3]);
    this.rows.rows = [];
    this.rows.body.replaceChildren();
    this.head.replaceChildren(
      ...columns.map(([name, type, title, numeric]) => {
        const th = make("th", numeric ? "fl-n" : "", { scope: "col", title });
        const small = make("small");
        small.textContent = type;
        th.append(name, small);
        return th;
      }),
    );
  }

  // Columns grow and never shrink, so that the table stands still while its values change.
  settle() {
    for (const th of this.head.children) {
      const width = Math.ceil(th.getBoundingClientRect().width);
      if (width > (parseInt(th.style.minWidth) || 0)) {
        th.style.boxSizing = "border-box";
        th.style.minWidth = `${width}px`;
      }
    }
  }

  tick() {
    const moment = this.model.get("moment");
    if (!moment.state) return;
    const silent = (performance.now() - this.heard) / 1000;
    const running = moment.state === "running";
    setText(this.elapsed, duration(moment.elapsed + (running && !this.gone ? silent : 0)));
    this.rate.hidden = !moment.rate || this.gone;
    const quiet = silent < 60 ? `${Math.floor(silent)} s` : duration(silent);
    setText(this.rate, silent < QUIET_AFTER ? moment.rate : `nothing new for ${quiet}`);
  }
}

function render({ model, el }) {
  const view = new View(model, el);
  view.open();
  return () => view.close();
}

export default { render };
