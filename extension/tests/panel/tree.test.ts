import { describe, expect, it } from 'vitest';

import { keyOf, Tree } from '../../src/panel/tree';
import type { INode, INodes, Path, Row } from '../../src/panel/tree';

const PAGE = 3;

function node(path: Path, opens = true): INode {
  return { path, label: path[path.length - 1], icon: 'table', detail: '', note: '', opens };
}

/** A server with two teams, of which `dw` has tables; it answers when it is let. */
class Server {
  asked: string[] = [];
  waiting: (() => void)[] = [];
  tables = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  broken = false;
  slow = false;

  load = async (path: Path, after: string): Promise<INodes> => {
    this.asked.push(`${path.join('/')} after ${after}`);
    const answer = this.answer(path, after);
    if (this.slow) {
      await new Promise<void>(resolve => this.waiting.push(resolve));
    }
    if (this.broken) {
      throw new Error('the catalog does not answer');
    }
    return answer;
  };

  private answer(path: Path, after: string): INodes {
    if (path.length === 0) {
      return { nodes: [node(['dw']), node(['empty'])], after: null };
    }
    if (path[0] === 'empty') {
      return { nodes: [], after: null };
    }
    if (path.length === 2) {
      return { nodes: [node([...path, 'id'], false)], after: null };
    }
    const rest = this.tables.filter(name => name > after);
    const page = rest.slice(0, PAGE);
    const nodes = page.map(name => node([...path, name]));
    return { nodes, after: rest.length > PAGE ? page[PAGE - 1] : null };
  }
}

const settled = () => new Promise(resolve => setTimeout(resolve));

function shown(rows: readonly Row[]): string[] {
  return rows.map(row => {
    const indent = '  '.repeat(row.depth);
    return indent + (row.kind === 'node' ? row.node.label : `(${row.text})`);
  });
}

async function begun(server: Server): Promise<Tree> {
  const tree = new Tree(server.load);
  tree.begin();
  await settled();
  return tree;
}

describe('a tree as rows', () => {
  it('asks for the roots once', async () => {
    const server = new Server();
    const tree = await begun(server);
    tree.begin();
    expect(shown(tree.rows.value)).toEqual(['dw', 'empty']);
    expect(server.asked).toEqual([' after ']);
  });

  it('shows what is open a page at a time, in its place', async () => {
    const server = new Server();
    const tree = await begun(server);
    tree.toggle(['dw']);
    expect(shown(tree.rows.value)).toEqual(['dw', '  (loading…)', 'empty']);
    await settled();
    expect(shown(tree.rows.value)).toEqual(['dw', '  a', '  b', '  c', '  (more)', 'empty']);
    tree.more(['dw']);
    await settled();
    tree.more(['dw']);
    await settled();
    expect(shown(tree.rows.value)).toEqual(
      ['dw', ...'abcdefg'].map((name, at) => (at ? `  ${name}` : name)).concat('empty')
    );
  });

  it('tells places among siblings, and how many once that is known', async () => {
    const server = new Server();
    const tree = await begun(server);
    tree.toggle(['dw']);
    await settled();
    const places = () =>
      tree.rows.value.flatMap(row =>
        row.kind === 'node' && row.depth === 1 ? [[row.place, row.siblings.count]] : []
      );
    expect(places()).toEqual([
      [1, -1],
      [2, -1],
      [3, -1]
    ]);
    for (let page = 0; page < 2; page++) {
      tree.more(['dw']);
      await settled();
    }
    expect(places()).toEqual([1, 2, 3, 4, 5, 6, 7].map(place => [place, 7]));
  });

  it('does not ask for a page that is on its way', async () => {
    const server = new Server();
    const tree = await begun(server);
    tree.toggle(['dw']);
    await settled();
    tree.more(['dw']);
    tree.more(['dw']);
    await settled();
    expect(server.asked).toEqual([' after ', 'dw after ', 'dw after c']);
  });

  it('keeps what was loaded when it is closed, and says that something is empty', async () => {
    const server = new Server();
    const tree = await begun(server);
    tree.toggle(['empty']);
    await settled();
    expect(shown(tree.rows.value)).toEqual(['dw', 'empty', '  (nothing here)']);
    tree.toggle(['empty']);
    tree.toggle(['empty']);
    await settled();
    expect(server.asked.filter(each => each.startsWith('empty'))).toHaveLength(1);
  });

  it('says why there is nothing, and tries again', async () => {
    const server = new Server();
    const tree = await begun(server);
    server.broken = true;
    tree.toggle(['dw']);
    await settled();
    expect(shown(tree.rows.value)).toEqual(['dw', '  (the catalog does not answer)', 'empty']);
    server.broken = false;
    tree.more(['dw']);
    await settled();
    expect(shown(tree.rows.value)).toContain('  a');
  });

  it('keeps its rows while it is asked for anew, and forgets what is closed', async () => {
    const server = new Server();
    const tree = await begun(server);
    tree.toggle(['dw']);
    tree.toggle(['empty']);
    await settled();
    tree.toggle(['empty']);
    server.tables = ['new', 'old'];
    server.slow = true;
    tree.refresh();
    expect(shown(tree.rows.value)).toContain('  a');
    server.waiting.forEach(answer => answer());
    await settled();
    expect(shown(tree.rows.value)).toEqual(['dw', '  new', '  old', 'empty']);
    expect(server.asked.filter(each => each.startsWith('empty'))).toHaveLength(1);
  });

  it('takes no answer to a question that was asked again since', async () => {
    const server = new Server();
    const tree = await begun(server);
    tree.toggle(['dw']);
    await settled();
    server.slow = true;
    server.tables = ['early'];
    tree.refresh();
    server.tables = ['late'];
    tree.refresh();
    const [, firstTables, , secondTables] = server.waiting;
    secondTables();
    await settled();
    firstTables();
    await settled();
    expect(shown(tree.rows.value)).toContain('  late');
    expect(shown(tree.rows.value)).not.toContain('  early');
  });

  it('opens again what was open before, all the way down', async () => {
    const server = new Server();
    const tree = new Tree(server.load);
    tree.reopen([keyOf(['dw']), keyOf(['dw', 'b']), keyOf(['gone'])]);
    tree.begin();
    await settled();
    await settled();
    expect(shown(tree.rows.value)).toEqual([
      'dw',
      '  a',
      '  b',
      '    id',
      '  c',
      '  (more)',
      'empty'
    ]);
    expect(tree.opened).toEqual([keyOf(['dw']), keyOf(['dw', 'b']), keyOf(['gone'])]);
    expect(server.asked.filter(each => each.startsWith('gone'))).toEqual([]);
  });

  it('keeps the rows that did not change, so that they need not be drawn again', async () => {
    const server = new Server();
    const tree = await begun(server);
    tree.toggle(['dw']);
    await settled();
    const before = tree.rows.value;
    tree.more(['dw']);
    await settled();
    expect(tree.rows.value[1]).toBe(before[1]);
    expect(tree.rows.value.length).toBeGreaterThan(before.length);
  });

  it('shows what is put into it, with what was open in it', () => {
    const tree = new Tree();
    tree.put([], [node(['x'])]);
    tree.put(['x'], [node(['x', '1'], false)]);
    tree.toggle(['x']);
    tree.put([], [node(['w']), node(['x'])]);
    expect(shown(tree.rows.value)).toEqual(['w', 'x', '  1']);
  });
});
