import { describe, expect, it } from 'vitest';

import { Client, isAbort, lineOf } from '../../src/server/client';
import { ServerError, Trouble } from '../../src/server/errors';
import { FakeServer, json } from './fake';

const BASE = 'http://localhost/people/ann/flinklab/';
const ODD = 'à/b%2F?#c d';

async function failure(server: FakeServer): Promise<ServerError> {
  const error: unknown = await new Client(server.settings)
    .jobs()
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(ServerError);
  return error as ServerError;
}

describe('what is asked', () => {
  it('keeps a name with anything in it in one part of the path', async () => {
    const server = new FakeServer();
    await new Client(server.settings).job({ team: 'a&b', environment: 'dev', name: ODD });
    const url = new URL(server.asked[0].url);
    expect(url.href.startsWith(`${BASE}jobs/dev/`)).toBe(true);
    const parts = url.pathname.slice('/people/ann/flinklab/'.length).split('/');
    expect(parts.map(decodeURIComponent)).toEqual(['jobs', 'dev', ODD]);
    expect(url.searchParams.get('team')).toBe('a&b');
    expect(url.hash).toBe('');
  });

  it('repeats a parameter for each part of a path in the tree', async () => {
    const server = new FakeServer();
    await new Client(server.settings).children(['my', 'table', ODD], 'x', 10);
    const query = new URL(server.asked[0].url).searchParams;
    expect(query.getAll('path')).toEqual(['my', 'table', ODD]);
    expect([query.get('after'), query.get('limit')]).toEqual(['x', '10']);
  });

  it('leaves out what is not given', async () => {
    const server = new FakeServer();
    await new Client(server.settings).jobPlot(
      { team: 'my', environment: 'dev', name: 'orders' },
      'lag'
    );
    const url = new URL(server.asked[0].url);
    expect(`${url.origin}${url.pathname}`).toBe(`${BASE}jobs/dev/orders/plots/lag`);
    expect([url.searchParams.get('team'), url.searchParams.has('since')]).toEqual(['my', false]);
  });

  it('sends an order as it is', async () => {
    const server = new FakeServer();
    const order = { kind: 'stop', arguments: { drain: true }, why: 'a test' } as const;
    await new Client(server.settings).order(
      { team: 'my', environment: 'dev', name: 'orders' },
      order
    );
    expect(server.asked[0].method).toBe('POST');
    expect(JSON.parse(server.asked[0].body)).toEqual(order);
  });
});

describe('what comes to nothing', () => {
  const cases: [string, () => Response, Trouble][] = [
    ['words of flinklab', () => json({ message: 'no', hint: 'do' }, 409), 'refused'],
    ['a refusal that looks like a login', () => json({ message: 'no', hint: '' }, 403), 'refused'],
    ["Jupyter's 403", () => json({ message: 'Forbidden', reason: null }, 403), 'login'],
    ['a 401', () => new Response('', { status: 401 }), 'login'],
    ["Jupyter's 404", () => json({ message: 'Not Found', reason: null }, 404), 'missing'],
    ['a page for a 404', () => new Response('<html>', { status: 404 }), 'missing'],
    ['a proxy without a server', () => new Response('<html>', { status: 502 }), 'away'],
    ['a page for an answer', () => new Response('<html>'), 'broken'],
    ['a 500 of somebody', () => new Response('oops', { status: 500 }), 'broken']
  ];

  it.each(cases)('is told apart: %s', async (_, answer, trouble) => {
    const server = new FakeServer();
    server.answer = answer;
    const error = await failure(server);
    expect(error.trouble).toBe(trouble);
    expect(error.message).not.toBe('');
    expect(error.message).not.toContain('\n');
  });

  it('is words and a hint when flinklab says so', async () => {
    const server = new FakeServer();
    server.answer = () => json({ message: 'no job', hint: 'did you mean orders?' }, 404);
    expect(lineOf(await failure(server))).toBe('no job (did you mean orders?)');
  });

  it('is a server that is away when nobody answers', async () => {
    const server = new FakeServer();
    server.answer = () => Promise.reject(new TypeError('Failed to fetch'));
    const error = await failure(server);
    expect([error.trouble, error.status]).toEqual(['away', 0]);
  });

  it('is no error of the server when it was given up', async () => {
    const server = new FakeServer();
    const given = new AbortController();
    server.answer = () => {
      given.abort();
      return Promise.reject(new DOMException('aborted', 'AbortError'));
    };
    const asked = new Client(server.settings).jobs({ signal: given.signal });
    await expect(asked).rejects.toSatisfy(isAbort);
  });
});
