// Stands in for flinklab's server in a page: 50,000 tables, 1,000 jobs, and whatever `window.flinklabPlay` asks for.
(() => {
  const TABLES = 50000;
  const JOBS = 1000;
  const MARKUP = '<img src=x onerror="window.wasRun=true">';
  const play = { tables: TABLES, jobs: JOBS, asked: [], orders: [], changes: 0, down: false, ...(window.flinklabPlay ?? {}) };
  window.flinklabPlay = play;
  const now = Date.now();
  const HOUR = 3600000;
  const WORDS = ['orders', 'payments', 'clicks', 'sessions', 'inventory', 'customers', 'refunds', 'events'];
  const CONNECTORS = ['kafka', 'paimon', 'jdbc', 'upsert-kafka', 'filesystem'];
  const tableName = at => (at === 1 ? MARKUP : `${WORDS[at % 8]}_${String(at).padStart(5, '0')}`);
  const tables = Array.from({ length: play.tables }, (_, at) => tableName(at)).sort((a, b) => (a < b ? -1 : 1));

  const row = at => {
    const state = at % 97 === 0 ? 'failed' : at % 131 === 0 ? 'restarting' : at % 11 === 0 ? 'stopped' : 'running';
    const problem = state === 'failed' || state === 'restarting';
    return {
      team: 'dw',
      environment: at % 3 ? 'prod' : 'dev',
      name: `${WORDS[at % 8]}_by_hour_${at}`,
      state,
      since: now - (at + 1) * 61000,
      reason: problem ? 'java.net.ConnectException: the broker kafka-3:9092 does not answer' : '',
      version: 1 + (at % 7),
      running: state === 'running' ? 1 + (at % 7) : null,
      wanted: state !== 'stopped',
      cluster: `etl-${1 + (at % 4)}`,
      pool: '',
      tags: at % 5 ? [] : ['nightly'],
      owner: 'ana',
      notebook: '',
      cell: '',
      problem,
      command: '',
      checkpoint: now - 30000
    };
  };
  const jobs = Array.from({ length: play.jobs }, (_, at) => row(at));
  const clusters = ['etl-1', 'etl-2', 'etl-3', 'etl-4'].map((name, at) => ({
    team: 'dw',
    name,
    kind: at ? 'yarn session' : 'standalone',
    description: '',
    labels: ['etl'],
    state: at === 3 ? 'silent' : 'up',
    since: now - HOUR * (at + 1),
    remark: at === 3 ? 'its JobManager does not answer' : '',
    flink_version: '2.3.0',
    jobs: { total: 250, running: 240, problems: at },
    slots: at === 3 ? null : { total: 64, free: 11 + at },
    ui: at === 3 ? null : `flinklab/ui/${name}/`
  }));
  const status = {
    version: '0.1.0',
    catalog: 'postgresql://db/flinklab',
    problem: '',
    person: 'ana',
    team: 'dw',
    teams: ['dw'],
    environment: 'prod',
    cluster: 'etl-1',
    supervisors: [],
    child: null,
    problems: jobs.filter(job => job.problem).length,
    capabilities: [],
    ...(play.status ?? {})
  };
  const node = (path, icon, opens, detail = '', note = '') => ({ path, label: path.at(-1), icon, detail, note, opens });
  const table = name => node(['dw', 'table', name], 'table', true, CONNECTORS[name.length % 5], `What ${name} holds`);

  const children = query => {
    const path = query.getAll('path');
    const after = query.get('after') ?? '';
    if (path.length === 0) return { nodes: [node(['dw'], 'team', true, String(play.tables))], after: null };
    if (path.length === 1) {
      const kind = node(['dw', 'table'], 'table', true, play.tables.toLocaleString('en'));
      return { nodes: [{ ...kind, label: 'Tables' }], after: null };
    }
    if (path.length === 2) {
      const from = after ? tables.indexOf(after) + 1 : 0;
      const to = from + Number(query.get('limit'));
      const page = tables.slice(from, to);
      return { nodes: page.map(table), after: to < tables.length ? page.at(-1) : null };
    }
    const columns = ['order_id BIGINT', 'amount DECIMAL(10, 2)', 'ts TIMESTAMP_LTZ(3)', 'value STRING'];
    return {
      nodes: columns.map(column => {
        const [name, ...type] = column.split(' ');
        return node([...path, name], 'column', false, type.join(' '));
      }),
      after: null
    };
  };

  const commandOf = order => ({
    id: order.id,
    kind: order.kind,
    state: order.state,
    step: 'stopping',
    outcome: order.outcome,
    words: order.state === 'running' ? 'stopping' : `${order.state}: ${order.outcome}`,
    why: order.why,
    by: 'ana',
    asked: now,
    ended: null
  });

  const listeners = new Set();
  const say = (event, data) => {
    const bytes = new TextEncoder().encode(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    for (const listener of listeners) listener.enqueue(bytes);
  };
  const changed = job => {
    play.changes += 1;
    say('jobs', { all: false, rows: [job], gone: [] });
  };
  play.change = at => {
    jobs[at] = { ...jobs[at], since: Date.now(), version: jobs[at].version + 1 };
    changed(jobs[at]);
  };
  play.cut = () => {
    play.down = true;
    for (const listener of listeners) listener.close();
    listeners.clear();
  };

  const order = (environment, name, given) => {
    const at = jobs.findIndex(job => job.name === name && job.environment === environment);
    const id = `order-${play.orders.length}`;
    const made = { id, at, kind: given.kind, why: given.why ?? '', state: 'running', outcome: '' };
    play.orders.push(made);
    jobs[at] = { ...jobs[at], command: `${given.kind}: stopping`, state: 'stopping', since: Date.now() };
    changed(jobs[at]);
    setTimeout(() => {
      const isRefused = Boolean(play.refuse);
      Object.assign(made, { state: isRefused ? 'failed' : 'done', outcome: play.refuse ?? 'savepoint s3://points/sp-1' });
      const state = isRefused ? 'running' : 'stopped';
      jobs[at] = { ...jobs[at], command: '', state, since: Date.now() };
      changed(jobs[at]);
    }, 1200);
    return commandOf(made);
  };

  const history = query => {
    const from = Number(query.get('before') ?? 0);
    const entries = Array.from({ length: 100 }, (_, at) => ({
      id: String(from + at),
      team: 'dw',
      person: 'ana',
      started: now - (from + at) * 90000,
      ended: now - (from + at) * 90000 + 3100,
      sql: `SELECT window_start, SUM(amount) FROM orders_${from + at} GROUP BY window_start`,
      source: `%%flinksql --limit 10\nSELECT window_start, SUM(amount) FROM orders_${from + at} GROUP BY window_start`,
      kind: 'select',
      outcome: at % 9 === 4 ? 'failed' : 'finished',
      rows: at % 9 === 4 ? null : 10 + at,
      error: at % 9 === 4 ? "Column 'amont' not found in any table; did you mean 'amount'?" : '',
      notebook: 'orders.ipynb',
      cell: '',
      cluster: 'etl-1',
      environment: 'prod',
      job_id: ''
    }));
    return { entries, before: from + 100 < 5000 ? String(from + 100) : null };
  };

  const answer = (path, query, body) => {
    const parts = path.split('/').map(decodeURIComponent);
    if (path === 'status') return status;
    if (path === 'clusters') return clusters;
    if (path === 'jobs') return jobs;
    if (parts[0] === 'clusters' && parts.length === 2) {
      const sessions = [{ team: 'dw', name: 'nightly', statements: 12, by: 'ana', changed: now - HOUR }];
      return { ...clusters.find(each => each.name === parts[1]), rows: jobs.slice(0, 5), sessions };
    }
    if (path === 'catalog/children') return children(query);
    if (path === 'catalog/search') {
      const found = tables.filter(name => name.includes(query.get('q'))).slice(0, Number(query.get('limit')));
      return { nodes: found.map(table), after: null };
    }
    if (parts[0] === 'catalog' && parts[1] === 'definitions') {
      return { team: 'dw', name: parts[2], select: `%%flinksql\nSELECT order_id, amount\nFROM dw.${parts[2]}`, ddl: 'CREATE TABLE t' };
    }
    if (path === 'history') return history(query);
    if (path === 'variables') {
      return {
        environments: ['dev', 'prod'],
        variables: [
          { team: 'dw', name: 'brokers', type: 'string', secret: false, description: 'Kafka', values: { dev: 'kafka-dev:9092', prod: 'kafka-1:9092,kafka-2:9092' } },
          { team: 'dw', name: 'kafka_password', type: 'string', secret: true, description: '', values: { '*': '••••••' } }
        ]
      };
    }
    if (path === 'incidents') {
      return jobs
        .filter(job => job.problem)
        .map(job => ({ at: job.since, kind: 'job', open: true, team: job.team, environment: job.environment, name: job.name, cluster: job.cluster, text: job.reason }));
    }
    if (parts[0] === 'jobs' && parts[3] === 'commands') return order(parts[1], parts[2], body);
    if (parts[0] === 'jobs') {
      const job = jobs.find(each => each.environment === parts[1] && each.name === parts[2]);
      return { ...job, open: null, commands: play.orders.map(commandOf), attempts: [], points: [], events: [], versions: [], allowed: [] };
    }
    return null;
  };

  const reply = (value, code = 200) =>
    new Response(JSON.stringify(value), { status: code, headers: { 'Content-Type': 'application/json' } });
  const stream = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          listeners.add(controller);
          setTimeout(() => {
            say('status', status);
            say('clusters', clusters);
            say('jobs', { all: true, rows: jobs, gone: [] });
          });
        }
      }),
      { headers: { 'Content-Type': 'text/event-stream' } }
    );

  const fetched = window.fetch;
  window.fetch = async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    const at = url.pathname.indexOf('/flinklab/');
    if (at < 0) return fetched(request);
    if (play.down) throw new TypeError('Failed to fetch');
    const path = url.pathname.slice(at + '/flinklab/'.length);
    play.asked.push(path);
    if (play.status_code) return reply({ message: 'x' }, play.status_code);
    if (path === 'events') return stream();
    const body = request.method === 'POST' ? await request.json() : null;
    const value = answer(path, url.searchParams, body);
    return value === null ? reply({ message: `nothing at ${path}`, hint: '' }, 404) : reply(value);
  };
})();
