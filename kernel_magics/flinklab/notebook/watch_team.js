// The table of a team's jobs: sorted by a click, filtered by text and state. Rows are drawn anew only when they changed.
class TeamTable {
  constructor(parent) {
    this.rows = new Map();
    this.sorted = null;
    this.columns = [];
    const bar = make("div", "fl-bar fl-watch-filter");
    this.text = make("input", "", { type: "search", placeholder: "Filter jobs", "aria-label": "Filter jobs" });
    this.state = make("select", "", { "aria-label": "State" });
    this.state.append(make("option", "", { value: "" }, "every state"));
    this.count = make("span", "fl-soft");
    bar.append(this.text, this.state, this.count);
    const box = make("div", "fl-box");
    const table = make("table");
    this.head = make("tr");
    const head = make("thead");
    head.append(this.head);
    this.body = make("tbody");
    table.append(head, this.body);
    box.append(table);
    parent.append(bar, box);
    this.text.addEventListener("input", () => this.arrange());
    this.state.addEventListener("change", () => this.arrange());
  }

  draw({ parts, rows }) {
    if (!this.columns.length) this.open(parts.columns, parts.states);
    for (const key of this.rows.keys()) if (!(key in rows)) this.rows.delete(key);
    for (const [key, row] of Object.entries(rows)) {
      const known = this.rows.get(key);
      if (known?.row === row) continue;
      this.rows.set(key, this.line(row));
    }
    this.order = parts.order;
    this.arrange();
  }

  open(columns, states) {
    this.columns = columns;
    for (const state of states) this.state.append(make("option", "", { value: state }, state));
    columns.forEach(([name, kind], index) => {
      const cell = make("th", kind === "number" ? "fl-n" : "", { scope: "col", "aria-sort": "none" });
      const button = make("button", "fl-watch-sort", { type: "button", title: `sort by ${name}` }, name);
      button.addEventListener("click", () => this.sort(index));
      cell.append(button);
      this.head.append(cell);
    });
  }

  line(row) {
    const line = make("tr", row.h ? "fl-watch-held" : "");
    const times = [];
    row.c.forEach((value, index) => {
      const kind = this.columns[index][1];
      const cell = make("td", kind === "number" ? "fl-n" : "");
      if (kind === "ago") times.push([cell, value]);
      else cell.textContent = value === null ? "" : kind === "number" ? value[0] : value;
      if (index === 2 && row.p) cell.classList.add("fl-wrong");
      if (index === row.c.length - 1) cell.title = value;
      line.append(cell);
    });
    return { row, line, times };
  }

  // A first click sorts downwards, as one looks for what is worst; text upwards. A third one brings problems first back.
  sort(index) {
    const down = this.columns[index][1] === "number";
    if (this.sorted?.index !== index) this.sorted = { index, down };
    else if (this.sorted.down === down) this.sorted = { index, down: !down };
    else this.sorted = null;
    [...this.head.children].forEach((cell, at) => {
      const how = this.sorted?.index === at ? (this.sorted.down ? "descending" : "ascending") : "none";
      cell.setAttribute("aria-sort", how);
    });
    this.arrange();
  }

  arrange() {
    const text = this.text.value.trim().toLowerCase();
    const wanted = this.order.map((key) => this.rows.get(key)).filter((each) => {
      if (!each || (this.state.value && each.row.c[2] !== this.state.value)) return false;
      return !text || each.row.c.some((value) => typeof value === "string" && value.toLowerCase().includes(text));
    });
    if (this.sorted) {
      const { index, down } = this.sorted;
      const of = (each) => (Array.isArray(each.row.c[index]) ? each.row.c[index][1] : each.row.c[index]);
      const sign = down ? -1 : 1;
      wanted.sort((a, b) => compare(of(a), of(b), sign));
    }
    const all = this.order.length;
    this.count.textContent = wanted.length === all ? "" : `${wanted.length.toLocaleString("en")} of ${all.toLocaleString("en")}`;
    let at = this.body.firstChild;
    for (const { line } of wanted) {
      if (line === at) at = at.nextSibling;
      else this.body.insertBefore(line, at);
    }
    while (at) {
      const next = at.nextSibling;
      at.remove();
      at = next;
    }
    this.tick(this.now ?? Date.now());
  }

  tick(now) {
    this.now = now;
    for (const { times } of this.rows.values()) {
      for (const [cell, at] of times) {
        const text = at === null ? "" : ago(at, now);
        if (cell.textContent !== text) cell.textContent = text;
      }
    }
  }
}

// What is not known stands last, whichever way it is sorted.
function compare(a, b, sign) {
  const unknown = (value) => value === null || value === undefined || value === "";
  if (unknown(a) || unknown(b)) return unknown(a) - unknown(b);
  return sign * (typeof a === "string" ? a.localeCompare(b) : a - b);
}
