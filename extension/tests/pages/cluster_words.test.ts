import { expect, it } from 'vitest';

import { growthWords, slotFigures, slotWords, usersOf } from '../../src/pages/cluster_words';

it('says slots in use, and that they are not known', () => {
  expect(slotWords({ total: 1200, free: 200 })).toBe('1,000 of 1,200 slots in use');
  expect(slotWords(null)).toBe('slots not known');
  expect(slotFigures(null)).toBe('');
});

it('says who uses how many slots of a process', () => {
  const jobs = [
    { name: 'orders', slots: 4 },
    { name: 'other', slots: 1 }
  ];
  expect(usersOf({ jobs })).toBe('orders ×4, other');
});

it('says how a metaspace grows or shrinks, by the hour', () => {
  expect(growthWords({ growth: null })).toBe('–');
  expect(growthWords({ growth: 2 * 1024 ** 2 })).toBe('+2 MiB/h');
  expect(growthWords({ growth: -1024 })).toBe('−1 KiB/h');
});
