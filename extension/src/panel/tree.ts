/**
 * A tree as a flat list of rows, which is what a virtual list shows: what is open, what is loaded, a page at a time.
 * It knows nothing of the page; whoever shows it listens to `rows`.
 */

import { Store } from '../common/store';
import type { Tone } from '../common/states';
import { lineOf } from '../server/client';

export type Path = readonly string[];

/** Something in the tree. `detail` stands behind the label, `note` is its title; `opens`: it has children. */
export interface INode {
  path: Path;
  label: string;
  icon: string;
  detail: string;
  note: string;
  opens: boolean;
  /** What is inserted and dragged for it; without it there is nothing. */
  text?: string;
  /** Something to be acted on, not a folder of things; without it: what does not open. */
  isThing?: boolean;
  /** With a word in `detail` that says the same. */
  tone?: Tone;
}

export interface INodes {
  nodes: readonly INode[];
  /** What the next page comes after, null on the last one. */
  after: string | null;
}

/** Asks for what is under a path. */
export type Load = (path: Path, after: string) => Promise<INodes>;

export interface INodeRow {
  kind: 'node';
  key: string;
  depth: number;
  node: INode;
  open: boolean;
  /** Its place among its siblings, from 1. */
  place: number;
  siblings: ISiblings;
}

/** The same one for all of them: there may be many when the last of them come. */
export interface ISiblings {
  /** How many there are; -1 while more may follow. */
  count: number;
}

/** A row that stands for what is not there: `more` of a page, `wait`, an `error`, or `nothing`. */
export interface IOtherRow {
  kind: 'more' | 'wait' | 'error' | 'nothing';
  key: string;
  depth: number;
  path: Path;
  /** For people. */
  text: string;
}

export type Row = INodeRow | IOtherRow;

interface IBranch {
  /** A row for each node, which stays the same object while nothing of it changes. */
  rows: INodeRow[];
  siblings: ISiblings;
  after: string | null;
  loading: boolean;
  error: string;
  /** The number of the last question: answers to earlier ones come too late. */
  asked: number;
}

const ROOT: Path = [];

export function keyOf(path: Path): string {
  return JSON.stringify(path);
}

export class Tree {
  /** `load` may be left out when all there is comes by `put`. */
  constructor(private readonly load?: Load) {}

  readonly rows = new Store<readonly Row[]>([]);

  /** What is open, by the keys of its paths: to be kept, and given back to `reopen`. */
  get opened(): string[] {
    return [...this.open];
  }

  /** Takes up what was open before; each is loaded when it comes into sight. */
  reopen(keys: readonly string[]): void {
    this.open = new Set(keys);
    this.draw();
  }

  /** Replaces the children of a path by what is known. */
  put(path: Path, nodes: readonly INode[]): void {
    const branch = this.branch(path);
    branch.asked++;
    Object.assign(branch, { after: null, loading: false, error: '' });
    branch.siblings = { count: nodes.length };
    branch.rows = rowsOf(nodes, 0, branch.siblings);
    this.draw();
  }

  toggle(path: Path, open = !this.open.has(keyOf(path))): void {
    const key = keyOf(path);
    if (open === this.open.has(key)) {
      return;
    }
    if (open) {
      this.open.add(key);
    } else {
      this.open.delete(key);
    }
    this.draw();
  }

  /** Loads the first page of the roots when nothing is there yet. */
  begin(): void {
    if (!this.branches.has(keyOf(ROOT))) {
      void this.fetch(ROOT, '');
    }
  }

  /** The next page under a path; also after an error. */
  more(path: Path): void {
    const branch = this.branch(path);
    if (!branch.loading) {
      void this.fetch(path, branch.after ?? '');
    }
  }

  /** Asks again for all that is open. What is known stays until the answers are there. */
  refresh(): void {
    const shown = new Set([keyOf(ROOT), ...this.open]);
    for (const key of [...this.branches.keys()]) {
      if (shown.has(key)) {
        void this.fetch(JSON.parse(key) as Path, '');
      } else {
        this.branches.delete(key);
      }
    }
    this.begin();
  }

  private async fetch(path: Path, after: string): Promise<void> {
    if (!this.load) {
      return;
    }
    const branch = this.branch(path);
    const asked = ++branch.asked;
    branch.loading = true;
    branch.error = '';
    this.draw();
    try {
      const page = await this.load(path, after);
      if (asked === branch.asked) {
        this.take(branch, page, after !== '');
      }
    } catch (error) {
      if (asked === branch.asked) {
        branch.error = lineOf(error);
      }
    }
    if (asked === branch.asked) {
      branch.loading = false;
      this.draw();
    }
  }

  private take(branch: IBranch, page: INodes, follows: boolean): void {
    if (!follows) {
      branch.rows = [];
      branch.siblings = { count: -1 };
    }
    branch.after = page.after;
    branch.rows.push(...rowsOf(page.nodes, branch.rows.length, branch.siblings));
    branch.siblings.count = page.after === null ? branch.rows.length : -1;
  }

  private branch(path: Path): IBranch {
    const key = keyOf(path);
    let branch = this.branches.get(key);
    if (!branch) {
      const siblings = { count: -1 };
      branch = { rows: [], siblings, after: null, loading: false, error: '', asked: 0 };
      this.branches.set(key, branch);
    }
    return branch;
  }

  private draw(): void {
    const rows: Row[] = [];
    const wanted: Path[] = [];
    this.walk(ROOT, 0, rows, wanted);
    this.rows.set(rows);
    for (const path of wanted) {
      // Fetching draws too, and has asked for all others by then.
      if (!this.branches.has(keyOf(path))) {
        void this.fetch(path, '');
      }
    }
  }

  private walk(path: Path, depth: number, into: Row[], wanted: Path[]): void {
    const key = keyOf(path);
    const branch = this.branches.get(key);
    if (!branch) {
      if (path.length) {
        wanted.push(path);
      }
      return;
    }
    const { rows, after, loading, error } = branch;
    rows.forEach((known, at) => {
      const open = known.node.opens && this.open.has(known.key);
      const isSame = open === known.open && depth === known.depth;
      const row = isSame ? known : (rows[at] = { ...known, open, depth });
      into.push(row);
      if (open) {
        this.walk(row.node.path, depth + 1, into, wanted);
      }
    });
    const other = (kind: IOtherRow['kind'], text: string) =>
      into.push({ kind, key: `${kind} ${key}`, depth, path, text });
    if (error) {
      other('error', error);
    } else if (loading && (!rows.length || after !== null)) {
      other('wait', 'loading…');
    } else if (after !== null) {
      other('more', 'more');
    } else if (!rows.length && !loading && path.length) {
      other('nothing', 'nothing here');
    }
  }

  private readonly branches = new Map<string, IBranch>();
  private open = new Set<string>();
}

/** Rows for nodes that follow `before` others. Where they stand is seen when they are walked over. */
function rowsOf(nodes: readonly INode[], before: number, siblings: ISiblings): INodeRow[] {
  return nodes.map((node, at) => ({
    kind: 'node',
    key: keyOf(node.path),
    depth: 0,
    node,
    open: false,
    place: before + at + 1,
    siblings
  }));
}
