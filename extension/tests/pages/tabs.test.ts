import { describe, expect, it } from 'vitest';

import { ledTo } from '../../src/pages/tabs';

describe('the keys of the tabs', () => {
  it('go round, and to the ends', () => {
    expect(ledTo('ArrowRight', 2, 3)).toBe(0);
    expect(ledTo('ArrowLeft', 0, 3)).toBe(2);
    expect(ledTo('Home', 2, 3)).toBe(0);
    expect(ledTo('End', 0, 3)).toBe(2);
    expect(ledTo('a', 0, 3)).toBeNull();
  });
});
