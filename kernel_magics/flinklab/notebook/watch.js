const SECOND = 1000;
const GONE = "The kernel is gone: this is the last picture. Run the cell again.";
const SEEN_EVERY = 20 * SECOND;
const STALE = 30; // seconds
const SECTIONS = ["vitals", "graph", "commands", "failures", "checkpoints", "processes", "jobs"];

function make(tag, className, attributes = {}, text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text) node.textContent = text;
  return node;
}

// How long ago, in one unit, as a person says it.
function ago(stamp, now) {
  const seconds = Math.max(0, Math.round((now - stamp) / SECOND));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

// The moment that a change leads to, or null when a change before it was missed.
function merged(moment, { serial, parts, rows, gone }) {
  if (serial !== moment.serial + 1) return null;
  const kept = { ...moment.rows };
  for (const key of gone) delete kept[key];
  return { ...moment, serial, parts: { ...moment.parts, ...parts }, rows: { ...kept, ...rows } };
}

class View {
  constructor(model, el) {
    this.model = model;
    this.id = Math.random().toString(36).slice(2);
    this.drawn = {};
    this.root = make("div", "flinklab", { "data-lm-suppress-shortcuts": "true" });
    const mark = model.get("mark");
    if (mark) {
      // While this view is on the page it stands in for the still picture of the same thing.
      const style = make("style");
      style.textContent = `.${mark}, .jp-OutputArea-child:has(.${mark}) { display: none; }`;
      this.root.append(style);
    }
    const card = make("div", "fl-card fl-live fl-watch");
    const bar = make("div", "fl-bar");
    this.head = make("span", "fl-watch-head");
    this.age = make("span", "fl-soft fl-watch-age");
    this.buttons = make("span", "fl-watch-buttons");
    bar.append(this.head, this.age, make("span", "fl-push"), this.buttons);
    this.note = make("div", "fl-note fl-watch-note");
    this.said = make("div", "fl-note fl-watch-said", { role: "status" });
    card.append(bar, this.note, this.said);
    this.sections = {};
    if (model.get("moment").kind === "team") {
      this.team = new TeamTable(card);
    } else {
      for (const name of SECTIONS) {
        this.sections[name] = make("div", `fl-part fl-${name}`);
        card.append(this.sections[name]);
      }
    }
    this.root.append(card);
    this.orders = new Orders(this.buttons, (message) => model.send(message), (text, wrong) => this.say(text, wrong));
    el.style.width = "100%";
    el.append(this.root);
    this.draw = this.draw.bind(this);
    this.hear = this.hear.bind(this);
    this.shows = this.shows.bind(this);
    model.on("change:moment", this.draw);
    model.on("msg:custom", this.hear);
    document.addEventListener("visibilitychange", this.shows);
    this.observer = new IntersectionObserver((entries) => {
      this.isOnScreen = entries[entries.length - 1].isIntersecting;
      this.shows();
    });
    this.observer.observe(this.root);
    this.timer = setInterval(() => this.tick(), SECOND);
    this.root.addEventListener("click", (event) => this.copy(event));
    this.draw();
    this.send({ verb: "whole", serial: model.get("moment").serial });
    this.look();
  }

  send(message) {
    try {
      this.model.send(message);
    } catch {
      this.say(GONE, true);
    }
  }

  // Whether the kernel's end is still there.
  async look() {
    const own = await this.model.widget_manager?.get_model(this.model.get("me"));
    if (own?.comm_live === false) this.say(GONE, true);
  }

  // The kernel reads only as long as somebody looks.
  shows() {
    const seen = Boolean(this.isOnScreen) && document.visibilityState === "visible";
    if (seen === this.wasSeen) return;
    this.wasSeen = seen;
    this.toldAt = Date.now();
    this.send({ verb: seen ? "seen" : "hidden", view: this.id });
  }

  hear(message) {
    if (message.change) this.change(message.change);
    else if (message.whole) this.model.set("moment", message.whole);
    else if (message.said !== undefined) this.say(message.said);
    else if (message.id) this.orders.answer(message.id, message.error, message.answer);
  }

  change(change) {
    const moment = this.model.get("moment");
    if (change.serial <= moment.serial) return; // another view of the same model was first
    const next = merged(moment, change);
    if (next) this.model.set("moment", next);
    else this.send({ verb: "whole", serial: moment.serial });
  }

  draw() {
    const moment = this.model.get("moment");
    const { parts } = moment;
    if (!parts) return;
    this.root.dataset.state = parts.state;
    this.put(this.head, "head", parts.head);
    this.put(this.note, "note", parts.note);
    for (const [name, node] of Object.entries(this.sections)) this.put(node, name, parts[name]);
    this.team?.draw(moment);
    this.orders.draw(parts.verbs);
    this.tick();
  }

  // Only what is different is drawn anew, so that a selection and a place in a table stay.
  put(node, name, html = "") {
    if (this.drawn[name] === html) return;
    this.drawn[name] = html;
    const box = node.querySelector(".fl-box");
    const place = box ? [box.scrollLeft, box.scrollTop] : null;
    node.innerHTML = html ?? "";
    node.hidden = !html;
    if (place) node.querySelector(".fl-box")?.scrollTo(...place);
    node.querySelectorAll("code.fl-run").forEach((each) => each.setAttribute("title", "click to copy"));
  }

  say(text, wrong = false) {
    this.said.textContent = text;
    this.said.classList.toggle("fl-wrong", wrong);
  }

  copy(event) {
    const code = event.target.closest?.("code.fl-run");
    if (code) navigator.clipboard?.writeText(code.textContent).then(() => this.say("copied"), () => {});
  }

  tick() {
    const now = Date.now();
    if (this.wasSeen && now - this.toldAt >= SEEN_EVERY) {
      this.toldAt = now;
      this.send({ verb: "seen", view: this.id });
    }
    const { as_of: asOf } = this.model.get("moment").parts;
    this.age.textContent = asOf ? `as of ${ago(asOf, now)} ago` : "";
    const stale = Boolean(asOf) && (now - asOf) / SECOND > STALE;
    this.age.classList.toggle("fl-wrong", stale);
    this.root.classList.toggle("fl-stale", stale);
    for (const time of this.root.querySelectorAll("time[data-at]")) {
      const text = ago(Number(time.dataset.at), now) + time.dataset.after;
      if (time.textContent !== text) time.textContent = text;
    }
    this.team?.tick(now);
  }

  close() {
    this.model.off("change:moment", this.draw);
    this.model.off("msg:custom", this.hear);
    document.removeEventListener("visibilitychange", this.shows);
    this.observer.disconnect();
    clearInterval(this.timer);
    this.orders.close();
    this.send({ verb: "closed", view: this.id });
  }
}

function render({ model, el }) {
  const view = new View(model, el);
  return () => view.close();
}

export default { render };
