/** A search in the catalog while one types: asked after a pause, and only the last answer counts. */

import { Pause } from '../common/pause';
import { Store } from '../common/store';
import { count } from '../common/words';
import { isAbort, lineOf } from '../server/client';
import type { INodes as IServerNodes } from '../server/types';
import { catalogNode } from './catalog_nodes';
import { Tree } from './tree';
import type { Load } from './tree';

const PAUSE = 250; // ms of no typing

export interface ISaid {
  text: string;
  isWrong: boolean;
}

const NOTHING: ISaid = { text: '', isWrong: false };

export class Finder {
  /** `load`: the children of what is found; `ask`: what has a text in it, at the most `most`. */
  constructor(
    load: Load,
    private readonly ask: (text: string, signal: AbortSignal) => Promise<IServerNodes>,
    private readonly most: number,
    pause = PAUSE
  ) {
    this.tree = new Tree(load);
    this.tree.put([], []);
    this.pause = new Pause(pause);
  }

  /** What was found. It stays until something else is. */
  readonly tree: Tree;

  /** How many, or why none. */
  readonly said = new Store<ISaid>(NOTHING);

  /** An empty text ends the search. */
  search(text: string): void {
    this.dispose();
    if (!text) {
      this.tree.put([], []);
      this.said.set(NOTHING);
      return;
    }
    this.pause.then(() => void this.fetch(text));
  }

  /** Gives up what is asked for. */
  dispose(): void {
    this.pause.cancel();
    this.asked?.abort();
    this.asked = null;
  }

  private async fetch(text: string): Promise<void> {
    const asked = new AbortController();
    this.asked = asked;
    let said: ISaid;
    try {
      const { nodes } = await this.ask(text, asked.signal);
      if (asked.signal.aborted) {
        return;
      }
      this.tree.put([], nodes.map(catalogNode));
      said = { text: foundWords(nodes.length, this.most), isWrong: false };
    } catch (error) {
      if (asked.signal.aborted || isAbort(error)) {
        return;
      }
      said = { text: lineOf(error), isWrong: true };
    }
    this.said.set(said);
  }

  private readonly pause: Pause;
  private asked: AbortController | null = null;
}

function foundWords(number: number, most: number): string {
  if (number >= most) {
    return `the best ${most}`;
  }
  return number ? count(number, 'hit') : 'nothing found';
}
