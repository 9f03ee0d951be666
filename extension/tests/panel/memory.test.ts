import type { IStateDB } from '@jupyterlab/statedb';
import { describe, expect, it } from 'vitest';

import { Memory } from '../../src/panel/memory';

/** A state database of one value. */
class State {
  constructor(public value?: unknown) {}
  saved = 0;

  async fetch(): Promise<unknown> {
    return this.value;
  }

  async save(_: string, value: unknown): Promise<void> {
    this.saved += 1;
    this.value = JSON.parse(JSON.stringify(value));
  }
}

const made = (state: State) => new Memory(state as unknown as IStateDB, 0);
const settled = () => new Promise(resolve => setTimeout(resolve, 5));

describe('what the panel remembers', () => {
  it('comes back', async () => {
    const state = new State();
    const first = made(state);
    await first.read();
    expect(first.sections).toBeNull();
    first.keepSections(['Jobs']);
    first.keep('catalog', ['["dw"]']);
    await settled();
    const second = made(state);
    await second.read();
    expect(second.sections).toEqual(['Jobs']);
    expect(second.of('catalog')).toEqual(['["dw"]']);
    expect(second.of('clusters')).toEqual([]);
  });

  it('is written once for many changes, and not when nothing changed', async () => {
    const state = new State();
    const memory = made(state);
    memory.keep('catalog', ['["dw"]']);
    memory.keep('catalog', ['["dw"]', '["x"]']);
    await settled();
    memory.keep('catalog', ['["dw"]', '["x"]']);
    await settled();
    expect(state.saved).toBe(1);
  });

  it('is bounded', () => {
    const memory = new Memory(null);
    memory.keep(
      'catalog',
      Array.from({ length: 1000 }, (_, at) => `["${at}"]`)
    );
    expect(memory.of('catalog')).toHaveLength(200);
    expect(memory.of('catalog')).toContain('["999"]');
  });

  it.each([
    undefined,
    null,
    7,
    'x',
    [],
    { sections: 1, trees: [] },
    { trees: { catalog: [1, '{', '"x"', 'null'] } }
  ])('is nothing when something else was kept: %o', async value => {
    const memory = made(new State(value));
    await memory.read();
    expect(memory.sections).toBeNull();
    expect(memory.of('catalog')).toEqual([]);
  });
});
