import { describe, expect, it } from 'vitest';

import { Badge, wordsOf } from '../../src/cells/badge';
import type { IBadge } from '../../src/cells/known_jobs';

const DRAFT: IBadge = {
  name: 'orders',
  key: { environment: 'dev', name: 'orders' } as IBadge['key'],
  state: 'draft',
  version: 1,
  newest: 1,
  edited: false,
  isMissing: false,
  remark: ''
};

describe('a badge', () => {
  it('says name, state, version and what is new', () => {
    expect(wordsOf(DRAFT)).toEqual(['orders', 'draft', 'version 1']);
    expect(wordsOf({ ...DRAFT, newest: 3, edited: true })).toEqual([
      'orders',
      'draft',
      'version 1, 3 promoted',
      'edited since promoted'
    ]);
    expect(wordsOf({ ...DRAFT, state: null, isMissing: true })).toEqual(['orders', 'not promoted']);
  });

  it('stays above what a cell draws later, and keeps its place otherwise', () => {
    const host = document.createElement('div');
    const opened: string[] = [];
    const badge = new Badge(host, ({ name }) => opened.push(name));
    host.prepend(document.createElement('section'));
    badge.show(DRAFT);
    const [first, second] = Array.from(host.children) as HTMLElement[];
    expect([first.tagName, second.tagName]).toEqual(['BUTTON', 'SECTION']);
    badge.show({ ...DRAFT, state: 'running' });
    expect(host.firstElementChild).toBe(first);
    first.click();
    expect(opened).toEqual(['orders']);
    badge.dispose();
    expect(host.children.length).toBe(1);
  });

  it('shows a name with markup in it as text', () => {
    const host = document.createElement('div');
    new Badge(host, () => undefined).show({ ...DRAFT, name: '<b>x</b>' });
    expect(host.querySelector('b')).toBeNull();
    expect(host.textContent).toContain('<b>x</b>');
  });
});
