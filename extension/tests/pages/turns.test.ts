import { describe, expect, it } from 'vitest';

import { Turns } from '../../src/pages/turns';

describe('turns', () => {
  it('are taken one at a time, in order, with a pause before each', async () => {
    const told: string[] = [];
    const turns = new Turns(async () => void told.push('pause'));
    const piece = (name: string) =>
      turns.take(async () => {
        told.push(`${name} begins`);
        await Promise.resolve();
        told.push(`${name} ends`);
      });
    await Promise.all([piece('a'), piece('b')]);
    expect(told).toEqual(['pause', 'a begins', 'a ends', 'pause', 'b begins', 'b ends']);
  });

  it('go on after one that failed, which is told to who asked', async () => {
    const turns = new Turns(() => Promise.resolve());
    const failed = turns.take(() => Promise.reject(new Error('no')));
    let isDone = false;
    await expect(failed).rejects.toThrow('no');
    await turns.take(async () => {
      isDone = true;
    });
    expect(isDone).toBe(true);
  });
});
