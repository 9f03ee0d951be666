// The buttons of a job. What stops it, even for a moment, asks once more.
const PATIENCE = 60; // seconds for an answer
const LABELS = { start: "Start", savepoint: "Savepoint", restart: "Restart", scale: "Scale", stop: "Stop" };
const SURE = {
  stop: "Stop it with a savepoint?",
  restart: "Stop it with a savepoint and start it again?",
  scale: "Run it with this parallelism? It may be restarted.",
};

class Orders {
  constructor(parent, send, say) {
    this.parent = parent;
    this.send = send;
    this.say = say;
    this.waiting = new Map();
    // Every view hears every answer: the numbers of this one begin with something of its own.
    this.mine = Math.random().toString(36).slice(2);
    this.next = 0;
  }

  draw(verbs) {
    if (this.verbs === verbs.join()) return;
    this.verbs = verbs.join();
    this.show();
  }

  show() {
    const verbs = this.verbs ? this.verbs.split(",") : [];
    this.parent.hidden = !verbs.length;
    this.parent.replaceChildren(...verbs.map((verb) => this.button(LABELS[verb], () => this.chosen(verb))));
  }

  button(label, act) {
    const button = make("button", "", { type: "button" }, label);
    button.addEventListener("click", act);
    return button;
  }

  chosen(verb) {
    if (!(verb in SURE)) {
      this.ask(verb);
      return;
    }
    const question = make("span", "fl-soft", {}, SURE[verb]);
    const yes = this.button(LABELS[verb], () => this.ask(verb, number ? Number(number.value) : null));
    yes.classList.add("fl-sure");
    const no = this.button("No", () => this.show());
    let number = null;
    if (verb === "scale") {
      number = make("input", "", { type: "number", min: "1", step: "1", "aria-label": "parallelism" });
      yes.disabled = true;
      number.addEventListener("input", () => {
        yes.disabled = !(Number.isInteger(Number(number.value)) && Number(number.value) >= 1);
      });
      number.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && !yes.disabled) yes.click();
      });
    }
    this.parent.replaceChildren(question, ...(number ? [number] : []), yes, no);
    this.parent.onkeydown = (event) => {
      if (event.key === "Escape") this.show();
    };
    (number ?? no).focus();
  }

  ask(verb, number = null) {
    this.show();
    const buttons = [...this.parent.children];
    for (const button of buttons) button.disabled = true;
    const id = `${this.mine}-${this.next++}`;
    const timer = setTimeout(() => this.answer(id, [`no answer for ${PATIENCE} seconds`]), PATIENCE * 1000);
    this.waiting.set(id, { timer, buttons });
    this.send({ id, verb, number });
  }

  answer(id, error, said = "") {
    const asked = this.waiting.get(id);
    if (!asked) return;
    clearTimeout(asked.timer);
    this.waiting.delete(id);
    for (const button of asked.buttons) button.disabled = false;
    this.say(error ? error.join(" ") : said, Boolean(error));
  }

  close() {
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
  }
}
