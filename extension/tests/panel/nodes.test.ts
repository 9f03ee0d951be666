import { describe, expect, it } from 'vitest';

import { catalogNode, isRead } from '../../src/panel/catalog_nodes';
import { childNodes, clusterNodes, clusterWords, ownPages } from '../../src/panel/cluster_nodes';
import { variableNodes } from '../../src/panel/variable_nodes';
import type { ICluster, IClusterRow, INode, IVariable } from '../../src/server/types';

const NOW = 10_000_000;

describe('a line of the catalog', () => {
  const node = (path: string[]): INode => {
    const label = path[path.length - 1];
    return { path, label, icon: 'table', detail: '', note: '', opens: true };
  };

  it.each([
    [['dw', 'table', 'orders'], 'dw.orders'],
    [['dw', 'view', 'order'], 'dw.`order`'],
    [['dw', 'catalog', 'lake'], 'lake'],
    [['dw', 'table', 'orders', 'value'], '`value`'],
    [['dw', 'table', '<img src=x>'], 'dw.`<img src=x>`'],
    [['dw', 'table'], undefined],
    [['dw'], undefined]
  ])('%o is inserted and dragged as %s', (path, text) => {
    expect(catalogNode(node(path)).text).toBe(text);
  });

  it('tells what rows can be read from', () => {
    expect(isRead(['dw', 'view', 'v'])).toBe(true);
    expect(isRead(['dw', 'function', 'f'])).toBe(false);
    expect(isRead(['dw', 'table', 't', 'id'])).toBe(false);
  });
});

function cluster(name: string, more: Partial<IClusterRow> = {}): IClusterRow {
  return {
    team: 'dw',
    name,
    kind: 'standalone',
    description: '',
    labels: [],
    state: 'up',
    since: NOW - 60_000,
    remark: '',
    flink_version: '2.3.0',
    jobs: { total: 12, running: 11, problems: 0 },
    slots: { total: 8, free: 3 },
    ui: null,
    yarn_ui: null,
    ...more
  };
}

describe('a cluster', () => {
  it('is told in words with units', () => {
    expect(clusterWords(cluster('a'), NOW)).toBe('up · 12 jobs · 3 of 8 slots free');
    const silent = cluster('b', {
      state: 'silent',
      slots: null,
      jobs: { total: 1, running: 1, problems: 1 }
    });
    expect(clusterWords(silent, NOW)).toBe('silent for 1 min · 1 job, 1 problem');
    expect(clusterWords({ ...silent, since: null }, NOW)).toContain('silent for some time');
  });

  it('that does not answer comes first', () => {
    const nodes = clusterNodes(
      [cluster('b'), cluster('z', { state: 'silent' }), cluster('a')],
      NOW
    );
    expect(nodes.map(each => each.label)).toEqual(['z', 'a', 'b']);
  });

  it('has buttons for the pages of others that it has', () => {
    const paths = (more: Partial<IClusterRow>) =>
      ownPages(cluster('a', more)).map(each => each.path);
    expect(paths({})).toEqual([]);
    expect(paths({ ui: 'flinklab/ui/dw/a/' })).toEqual(['flinklab/ui/dw/a/']);
    expect(paths({ yarn_ui: 'flinklab/yarn/dw/lab/?cluster=a' })).toHaveLength(1);
    const both = ownPages(cluster('a', { ui: 'one', yarn_ui: 'two' }));
    expect(both.map(each => each.label)).toEqual(["Open Flink's own page", "Open YARN's own page"]);
  });

  it('has its sessions below it', () => {
    const sessions = [{ team: 'dw', name: 'nightly', statements: 1, by: 'ana', changed: NOW }];
    const whole = {
      ...cluster('a', { remark: 'is late' }),
      rows: [],
      sessions
    } as unknown as ICluster;
    expect(childNodes(whole, NOW).map(each => [each.icon, each.label, each.detail])).toEqual([
      ['remark', 'is late', ''],
      ['session', 'nightly', '1 statement · ana · 0 s']
    ]);
  });
});

describe('variables', () => {
  const variable = (name: string, values: Record<string, string>): IVariable => ({
    team: 'dw',
    name,
    type: 'string',
    secret: false,
    description: '',
    values
  });
  const brokers = variable('brokers', { '*': 'kafka:9092', dev: 'localhost:9092' });

  it.each([
    ['dev', 'localhost:9092'],
    ['prod', 'kafka:9092']
  ])('show the value that holds in %s', (environment, value) => {
    const { roots, children } = variableNodes([brokers], environment, '');
    expect(roots[0]).toMatchObject({ label: 'brokers', detail: value, text: '${brokers}' });
    expect(children[0][1].map(each => [each.label, each.detail])).toEqual([
      ['everywhere else', 'kafka:9092'],
      ['dev', 'localhost:9092']
    ]);
  });

  it('say when there is none here, and are filtered by name', () => {
    const only = variable('ttl', { dev: '1 h' });
    const { roots } = variableNodes([brokers, only], 'prod', ' TT ');
    expect(roots.map(each => [each.label, each.detail])).toEqual([['ttl', 'no value in prod']]);
  });
});
