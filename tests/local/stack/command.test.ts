import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { request as send, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import postgres from 'postgres';
import * as z from 'zod/mini';
import { ROOT } from '../../../local/machine/settings.ts';
import { freshDatabase } from '../../database.ts';
import { startCommand } from '../../end-to-end/command.ts';
import { choosePorts, series, stackFolder, submit, until, WAIT_MS } from '../../end-to-end/stack.ts';
import { startCollector, type Collector } from '../../fixtures/collector.ts';
import { freePort } from '../../../local/machine/free-port.ts';
import { fakeDocker, networksOf, type Answer, type FakeDocker } from './fake-docker.ts';

/**
 * Of the fake Docker's bridge. Linux has all of 127.0.0.0/8, and the port there is always 8000: each run takes an
 * address of its own, so that two of them on one machine do not meet.
 */
const GATEWAY = `127.93.${(process.pid >> 8) & 0xff}.${process.pid & 0xff}`;
const CONTAINER = '127.0.7.9';

const READY_TIMEOUT_MS = 90_000;

interface Run {
  readonly child: ChildProcess;
  /** Both streams. */
  readonly output: () => string;
  readonly stdout: () => string;
  readonly exited: Promise<number | null>;
}

/** Registered when the file is imported: inside a hook, `after` would run at the hook's own end. */
const children: ChildProcess[] = [];
after(async () => {
  for (const child of children) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGINT');
    await once(child, 'exit');
  }
});

/** `npm run stack` as a user runs it. */
function runStack(docker: FakeDocker | undefined, args: readonly string[], environment: Record<string, string>): Run {
  const child = spawn(process.execPath, ['-r', './local/machine/require-node.cjs', 'local/stack/main.ts', ...args], {
    cwd: ROOT,
    env: { PATH: docker?.PATH ?? '/nowhere', HOME: process.env['HOME'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let [output, stdout] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const exited = new Promise<number | null>((done) => child.once('close', (code) => done(code)));
  return { child, output: () => output, stdout: () => stdout, exited };
}

async function end(run: Run): Promise<{ code: number | null; output: string }> {
  return { code: await run.exited, output: run.output() };
}

/** Asks the bridge's address for /metrics, as Prometheus in its container does. */
async function scrape(from: string): Promise<number | undefined> {
  const request = send({ host: GATEWAY, port: 8000, path: '/metrics', localAddress: from }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

const PATIENT_DOCTOR = pathToFileURL(join(import.meta.dirname, '../../fixtures/patient-doctor.ts')).href;

/** Of npm run doctor -- --json. */
const Report = z.object({
  mode: z.string(),
  first_broken: z.string(),
  hops: z.array(z.object({ name: z.string(), state: z.string(), fix: z.nullable(z.string()) })),
});

const ENGINE: Answer[] = [{ to: 'version' }];

describe('npm run stack without a healthy Docker', () => {
  test('says in one line that there is none, and what runs without', async () => {
    const folder = stackFolder();
    assert.deepEqual(await end(runStack(undefined, [], { LOCAL_DIR: folder })), {
      code: 1,
      output: 'There is no docker command here: npm run local runs the same API without Docker.\n',
    });
    const engine = fakeDocker([{ to: 'compose version' }, { to: 'version', code: 1, stderr: 'Cannot connect.\n' }]);
    assert.deepEqual(await end(runStack(engine, ['--down'], { LOCAL_DIR: folder })), {
      code: 1,
      output: 'The Docker engine does not answer (Cannot connect): npm run local runs the same API without Docker.\n',
    });
  });

  test('ends with 1 when a container does not become healthy, and starts nothing beside it', async () => {
    const docker = fakeDocker([
      ...ENGINE,
      { to: 'up', code: 1, stderr: 'container prior-auth-jaeger-1 is unhealthy\n' },
    ]);
    const ports = { ...(await choosePorts()), PROMETHEUS_PORT: String(await freePort()) };
    const { code, output } = await end(runStack(docker, [], { LOCAL_DIR: stackFolder(), ...ports }));
    assert.equal(code, 1);
    assert.match(output, /container prior-auth-jaeger-1 is unhealthy\n/);
    assert.match(output, /The containers are not all up and healthy\. See docker compose .* logs/);
    assert.doesNotMatch(output, /Starting the prior authorization API/);
  });

  test('refuses an option that it does not know in one line and with 2', async () => {
    const { code, output } = await end(runStack(undefined, ['--dwon'], {}));
    assert.equal(code, 2);
    assert.match(output, /^Unknown option '--dwon'\. See npm run stack -- --help\n$/);
  });
});

describe('npm run stack -- --down', () => {
  for (const [args, command, said] of [
    [['--down'], 'down', 'Removed the containers; their data stays.\n'],
    [['--down', '--volumes'], 'down --volumes', 'Removed the containers and their data.\n'],
  ] as const) {
    test(`${args.join(' ')} removes what it says`, async () => {
      const docker = fakeDocker(ENGINE);
      assert.deepEqual(await end(runStack(docker, args, {})), { code: 0, output: said });
      const last = docker.calls().at(-1)?.args ?? [];
      assert.deepEqual(last, [
        ...['compose', '--project-name', 'prior-auth', '--file', join(ROOT, 'docker-compose.local.yml')],
        ...command.split(' '),
      ]);
    });
  }
});

describe('npm run stack', () => {
  const folder = stackFolder();
  let collector: Collector;
  let docker: FakeDocker;
  let run: Run;
  let ports: Record<string, string> & { API_PORT: string };
  let sql: postgres.Sql;
  const api = () => ({ api: `http://127.0.0.1:${ports.API_PORT}` });

  before(async () => {
    // What the containers would be: their database, with the user that the image makes, and a collector.
    const server = new URL((await freshDatabase()).url);
    sql = postgres(server.href, { max: 1, onnotice: () => undefined });
    await sql`create role prior_auth superuser login password 'prior_auth'`;
    await sql`create database prior_auth owner prior_auth`;
    collector = await startCollector();
    const otlpPort = new URL(collector.endpoint).port;
    const published = [server.port, otlpPort].map((port) => ({ PublishedPort: Number(port) }));
    docker = fakeDocker([
      ...ENGINE,
      { to: 'ps --format json', stdout: `${JSON.stringify({ Publishers: published })}\n` },
      { to: 'network inspect bridge prior-auth_observability', stdout: networksOf(GATEWAY) },
      { to: 'up --detach', stdout: ' Container prior-auth-postgres-1  Healthy\n' },
    ]);
    const more = [await freePort(), await freePort(), await freePort()].map(String);
    ports = {
      ...(await choosePorts()),
      ...{ PROMETHEUS_PORT: more[0]!, GRAFANA_PORT: more[1]!, ALERTMANAGER_PORT: more[2]! },
      ...{ POSTGRES_PORT: server.port, OTLP_PORT: otlpPort },
    };
    run = runStack(docker, ['--no-build'], { LOCAL_DIR: folder, ...ports });
    await until(
      () => run.output().includes('Ready in'),
      READY_TIMEOUT_MS,
      () => `not ready:\n${run.output()}`,
      run.exited,
    );
  });
  after(async () => {
    await collector.close();
    await sql`drop database prior_auth with (force)`;
    await sql`drop role prior_auth`;
    await sql.end();
  });

  test('starts the containers in front of the user, and then the API beside them', () => {
    const commands = docker.calls().map(({ args }) => args.slice(args[1] === '--project-name' ? 5 : 0).join(' '));
    assert.deepEqual(commands, [
      'compose version',
      'version --format {{.Server.Version}}',
      'ps --format json',
      'up --detach --wait --wait-timeout 180',
      'kill --signal SIGHUP prometheus alertmanager',
      'exec --no-TTY postgres psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --username=prior_auth --dbname=prior_auth',
      'network inspect bridge prior-auth_observability',
    ]);
    assert.match(run.output(), /Container prior-auth-postgres-1 {2}Healthy[^]*Starting the prior authorization API/);
    // Which is for the lines of requests.
    assert.equal(run.stdout(), '');
  });

  test('gives them their ports and their configuration', () => {
    const { environment } = docker.calls().find(({ args }) => args.includes('up'))!;
    for (const name of ['POSTGRES_PORT', 'OTLP_PORT', 'TRACES_PORT', 'PROMETHEUS_PORT', 'GRAFANA_PORT'])
      assert.equal(environment[name], ports[name], name);
    const [prometheus, alertmanager] = [environment['PROMETHEUS_FOLDER']!, environment['ALERTMANAGER_FOLDER']!];
    assert.match(readFileSync(join(prometheus, 'stack.yml'), 'utf8'), /host\.docker\.internal:8000/);
    assert.ok(existsSync(join(prometheus, 'rules')));
    assert.match(readFileSync(join(alertmanager, 'alertmanager.yml'), 'utf8'), /receiver: nobody/);
  });

  test('says where everything is', () => {
    const output = run.output();
    for (const [name, place] of [
      ['Jaeger', `http://localhost:${ports['TRACES_PORT']}`],
      ['Prometheus', `http://localhost:${ports['PROMETHEUS_PORT']}`],
      ['Alerts', `http://localhost:${ports['ALERTMANAGER_PORT']}`],
      ['Grafana', `http://localhost:${ports['GRAFANA_PORT']} (admin, GRAFANA_PASSWORD)`],
      ['Database', `postgresql://prior_auth:***@127.0.0.1:${ports['POSTGRES_PORT']}/prior_auth`],
    ] as const)
      assert.ok(output.includes(`\n  ${name.padEnd(12)}${place}\n`), `${name} is not in:\n${output}`);
    assert.doesNotMatch(output, /Console/);
    assert.ok(!existsSync(join(folder, 'prometheus')), 'a Prometheus of its own was started');
  });

  test('stores in their database, sends traces to their collector, and links to their Jaeger', async () => {
    const answer = await submit(api());
    assert.equal(answer.status, 201, answer.text);
    const traceId = answer.headers.get('x-trace-id') ?? '';
    await until(
      () => collector.spansOf(traceId).length === 5,
      WAIT_MS,
      () => 'no trace at the collector',
    );
    const link = `http://localhost:${ports['TRACES_PORT']}/trace/${traceId}`;
    await until(
      () => run.output().includes(link),
      WAIT_MS,
      () => `no ${link} in:\n${run.output()}`,
    );
    await until(
      async () => (await series(api(), 'prior_auth_requests_total{status="success"}')) === 1,
      WAIT_MS,
      () => 'not counted',
    );
  });

  test('has its functions act in the roles of the cloud', async () => {
    const own = postgres(`postgresql://prior_auth:prior_auth@127.0.0.1:${ports['POSTGRES_PORT']}/prior_auth`, {
      max: 1,
    });
    await own`revoke insert on prior_auth_requests from prior_auth_submit`;
    assert.equal((await submit(api())).status, 500);
    await own`grant insert on prior_auth_requests to prior_auth_submit`;
    await own.end();
    assert.equal((await submit(api())).status, 201);
  });

  test('lets containers read /metrics by the address of the bridge, and nobody else', async (t) => {
    if (process.platform !== 'linux') {
      t.skip('only Linux has more than one address of its own');
      return;
    }
    assert.equal(await scrape(CONTAINER), 200);
    await assert.rejects(scrape('127.0.0.1'), /ECONNRESET|socket hang up/);
  });

  test('is what the doctor finds: it follows a request to the containers, and says how to see why one is down', async () => {
    const environment = { LOCAL_DIR: folder, ...ports, NODE_OPTIONS: `--import=${PATIENT_DOCTOR}` };
    const doctor = await startCommand('local/doctor/main.ts', environment, ['--json']).run;
    assert.equal(doctor.code, 1, doctor.stderr);
    const { mode, first_broken, hops } = Report.parse(JSON.parse(doctor.stdout));
    assert.deepEqual([mode, first_broken], ['stack', 'Prometheus']);
    const named = (state: string) => hops.filter((hop) => hop.state === state).map(({ name }) => name);
    assert.deepEqual(named('broken'), ['Prometheus', 'Jaeger API', 'Grafana']);
    assert.deepEqual(named('absent'), []);
    const [way, others] = [
      ['API', 'database row', 'audit event', 'EMF line', 'bridge', '/metrics'],
      ['OTLP receiver', 'dashboards'],
    ];
    assert.deepEqual(named('passed'), [...way, ...others]);
    for (const [name, service] of [
      ['Prometheus', 'prometheus'],
      ['Jaeger API', 'jaeger'],
      ['Grafana', 'grafana'],
    ] as const) {
      const fix = `npm run stack starts what is down; docker compose -f docker-compose.local.yml logs ${service} says why it is.`;
      assert.equal(hops.find((hop) => hop.name === name)?.fix, fix);
    }
  });

  test('stops the API at Ctrl-C, leaves the containers as they are, and says so', async () => {
    run.child.kill('SIGINT');
    assert.equal(await run.exited, 0);
    assert.match(run.output(), /\nThe containers run on: npm run stack -- --down removes them, with --volumes .*\n$/);
    assert.equal(docker.calls().length, 7);
    await assert.rejects(scrape(CONTAINER), /ECONNREFUSED/);
  });
});
