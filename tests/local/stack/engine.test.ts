import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import postgres from 'postgres';
import { describe, onTestFinished, test } from 'vitest';
import { freePort } from '../../../local/machine/free-port.ts';
import { parseSettings } from '../../../local/machine/settings.ts';
import { createDocker } from '../../../local/stack/docker.ts';
import { removeContainers, requireEngine, startContainers } from '../../../local/stack/engine.ts';
import { openDatabaseToGrafana } from '../../../local/stack/grafana-role.ts';
import { checkStackPorts } from '../../../local/stack/ports.ts';
import { freshDatabase } from '../../database.ts';
import { fakeDocker, type Answer } from './fake-docker.ts';

function dockerWith(...answers: Answer[]) {
  const fake = fakeDocker(answers);
  const commands = () => fake.calls().map(({ args }) => args.filter((arg) => !arg.startsWith('/')).join(' '));
  return { docker: createDocker({ PATH: fake.PATH }), calls: fake.calls, commands };
}

const COMPOSE = 'compose --project-name prior-auth --file';

test('a docker command that does not read what it is given is no failure, but its exit code counts', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'prior-auth-docker-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'docker'), '#!/bin/sh\nexit 3\n', { mode: 0o755 });
  const reply = await createDocker({ PATH: folder }).ask(['exec'], 'x'.repeat(1_000_000));
  assert.deepEqual(reply, { code: 3, stdout: '', stderr: '' });
});

describe('what must be there of Docker', () => {
  test('is there when command, Compose plugin and engine answer', async () => {
    const { docker, commands } = dockerWith({ to: 'version', stdout: '28.0.0\n' });
    await requireEngine(docker);
    assert.deepEqual(commands(), ['compose version', 'version --format {{.Server.Version}}']);
  });

  const MISSING: [string, Answer[] | undefined, string][] = [
    ['the command', undefined, 'There is no docker command here: npm run local runs the same API without Docker.'],
    [
      'the Compose plugin',
      [{ to: 'compose version', code: 1, stderr: 'docker: unknown command: docker compose\n\nRun docker --help\n' }],
      'docker has no Compose plugin (docker compose): npm run local runs the same API without Docker.',
    ],
    [
      'the engine',
      [
        { to: 'compose' },
        {
          to: 'version',
          code: 1,
          stderr: 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n',
        },
      ],
      'The Docker engine does not answer (Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?): npm run local runs the same API without Docker.',
    ],
    [
      'the engine, without a word',
      [{ to: 'compose' }, { to: 'version', code: 1 }],
      'The Docker engine does not answer: npm run local runs the same API without Docker.',
    ],
  ];
  for (const [what, answers, message] of MISSING) {
    test(`is named in one line where it is missing: ${what}`, async () => {
      const docker = answers === undefined ? createDocker({ PATH: '/nowhere' }) : dockerWith(...answers).docker;
      await assert.rejects(requireEngine(docker), { message });
    });
  }
});

describe('the containers', () => {
  test('are started and waited for, and then read their configuration anew', async () => {
    const { docker, commands } = dockerWith();
    await startContainers(docker);
    assert.deepEqual(commands(), [
      `${COMPOSE} up --detach --wait --wait-timeout 180`,
      `${COMPOSE} kill --signal SIGHUP prometheus alertmanager`,
    ]);
  });

  test('that do not become healthy are a failure that says where to look', async () => {
    const { docker, commands } = dockerWith({ to: 'up', code: 1 });
    await assert.rejects(startContainers(docker), {
      message:
        'The containers are not all up and healthy. See docker compose -f docker-compose.local.yml logs --tail 30, ' +
        'or remove them: npm run stack -- --down',
    });
    assert.equal(commands().length, 1);
  });

  test('are removed without their data, or with it', async () => {
    const { docker, commands } = dockerWith();
    await removeContainers(docker, false);
    await removeContainers(docker, true);
    assert.deepEqual(commands(), [`${COMPOSE} down`, `${COMPOSE} down --volumes`]);
    await assert.rejects(removeContainers(dockerWith({ to: 'down', code: 1 }).docker, false), /down failed/);
  });
});

const PORTS = [
  ...['API_PORT', 'LAMBDA_PORT', 'POSTGRES_PORT', 'OTLP_PORT', 'TRACES_PORT', 'PROMETHEUS_PORT', 'ALERTMANAGER_PORT'],
  'GRAFANA_PORT',
];

async function takenPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onTestFinished(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : assert.fail('no port');
}

async function settingsWith(ports: Record<string, number>) {
  const free = await Promise.all(PORTS.map(async (name) => [name, await freePort()] as const));
  const all = Object.entries({ ...Object.fromEntries(free), ...ports });
  return parseSettings(Object.fromEntries(all.map(([name, port]) => [name, String(port)])));
}

describe('the ports of the stack', () => {
  test('may be free', async () => {
    await checkStackPorts(await settingsWith({}), dockerWith().docker);
  });

  test('are named with their settings where others hold them or two are the same, all at once', async () => {
    const taken = Object.fromEntries(await Promise.all(PORTS.map(async (name) => [name, await takenPort()] as const)));
    const lines = PORTS.map((name) => `  port ${taken[name]} is in use: set ${name} to another one\n`).join('');
    await assert.rejects(checkStackPorts(await settingsWith(taken), dockerWith().docker), {
      message: `Cannot listen:\n${lines}For example: GRAFANA_PORT=3001 npm run stack`,
    });
    const port = await freePort();
    const twins = await settingsWith({ GRAFANA_PORT: port, API_PORT: port });
    await assert.rejects(checkStackPorts(twins, dockerWith().docker), /API_PORT and GRAFANA_PORT are both \d+/);
  });

  const held = (port: number) => ({ Publishers: [{ PublishedPort: port }, { PublishedPort: 0 }] });
  for (const [form, print] of [
    ['an object a line', (one: object, other: object) => `${JSON.stringify(one)}\n${JSON.stringify(other)}\n`],
    ['one array', (one: object, other: object) => JSON.stringify([one, other])],
  ] as const) {
    test(`may be held by our own containers already (Compose prints ${form})`, async () => {
      const [jaeger, grafana] = [await takenPort(), await takenPort()];
      const stdout = print(held(jaeger), { ...held(grafana), Name: 'prior-auth-grafana-1' });
      const { docker } = dockerWith({ to: 'ps --format json', stdout });
      await checkStackPorts(await settingsWith({ TRACES_PORT: jaeger, GRAFANA_PORT: grafana }), docker);
      const other = await settingsWith({ TRACES_PORT: jaeger, GRAFANA_PORT: await takenPort() });
      await assert.rejects(checkStackPorts(other, docker), /set GRAFANA_PORT/);
    });
  }
});

describe('the database', () => {
  test('is opened to Grafana by the password of its role, after the schema has made it', async () => {
    const { sql, url: server } = await freshDatabase();
    await sql`create database empty_for_grafana`;
    const url = Object.assign(new URL(server), { pathname: '/empty_for_grafana' });
    const settings = { ...parseSettings({ PRIOR_AUTH_GRAFANA_PASSWORD: "it's" }) };
    const { docker, calls, commands } = dockerWith();
    await openDatabaseToGrafana(docker, settings, url.href);
    assert.deepEqual(commands(), [
      `${COMPOSE} exec --no-TTY postgres psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --username=prior_auth --dbname=prior_auth`,
    ]);
    assert.deepEqual(
      calls().map(({ input }) => input),
      ["alter role prior_auth_grafana password 'it''s';\n"],
    );
    const migrated = postgres(url.href, { max: 1 });
    assert.deepEqual(
      [...(await migrated`select to_regclass('prior_auth_requests') is not null as there`)],
      [{ there: true }],
    );
    await migrated.end();
    const { docker: failing } = dockerWith({ to: 'exec', code: 2, stderr: 'psql: error: no such role\n' });
    await assert.rejects(openDatabaseToGrafana(failing, settings, url.href), {
      message: "Grafana's role has no password: psql: error: no such role",
    });
  });
});
