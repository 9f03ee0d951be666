/** What the panel remembers from one visit to the next: which sections and which nodes were open. */

import type { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { Pause } from '../common/pause';

const KEY = 'flinklab:panel';
const PAUSE = 1000; // ms between a change and its keeping
const MOST = 200; // open nodes of a tree

/** A state database is left out where a page has none: then everything is as the first time. */
export class Memory {
  constructor(
    private readonly state: IStateDB | null,
    pause = PAUSE
  ) {
    this.pause = new Pause(pause);
  }

  /** Reads what was kept. Something else than what this version keeps counts as nothing. */
  async read(): Promise<void> {
    const found = await this.state?.fetch(KEY).catch(() => undefined);
    const kept = isObject(found) ? found : {};
    this.sections = Array.isArray(kept.sections) ? kept.sections.filter(isText) : null;
    const trees = isObject(kept.trees) ? kept.trees : {};
    for (const [part, keys] of Object.entries(trees)) {
      if (Array.isArray(keys)) {
        this.trees.set(part, keys.filter(isPath));
      }
    }
  }

  /** The names of the sections that were open; null the first time. */
  sections: string[] | null = null;

  keepSections(names: string[]): void {
    this.sections = names;
    this.write();
  }

  of(part: string): readonly string[] {
    return this.trees.get(part) ?? [];
  }

  keep(part: string, keys: string[]): void {
    const before = this.trees.get(part) ?? [];
    const next = keys.slice(-MOST);
    if (next.length !== before.length || next.some((key, at) => key !== before[at])) {
      this.trees.set(part, next);
      this.write();
    }
  }

  private write(): void {
    this.pause.then(() => {
      const value: ReadonlyPartialJSONObject = {
        sections: this.sections ?? undefined,
        trees: Object.fromEntries(this.trees)
      };
      void this.state?.save(KEY, value).catch(() => undefined);
    });
  }

  private readonly pause: Pause;
  private readonly trees = new Map<string, string[]>();
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isPath(value: unknown): value is string {
  try {
    return isText(value) && Array.isArray(JSON.parse(value));
  } catch {
    return false;
  }
}
