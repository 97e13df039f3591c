import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, describe, mock, test } from 'node:test';
import { freePort } from '../../../local/machine/free-port.ts';
import { toNetworks } from '../../../local/stack/networks.ts';
import { ROOT } from '../../../local/machine/settings.ts';
import { TARGET_PORT } from '../../../local/machine/containers.ts';
import { openScrapePath } from '../../../local/stack/scrape-path.ts';
import { networksOf } from './fake-docker.ts';

/** Nobody's: TEST-NET-1 of RFC 5737. As of Docker Desktop, whose bridge is in a machine of its own. */
const ELSEWHERE = '192.0.2.1';

const server = createServer((_, response) => response.end('metrics'));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
after(() => {
  server.close();
  server.closeAllConnections();
});
const address = server.address();
const API_PORT = typeof address === 'object' && address !== null ? address.port : 0;

/** What is said, and what the target then answers from 127.0.0.1. */
async function open(gateway: string, apiPort = API_PORT, targetPort?: number) {
  const port = targetPort ?? (await freePort());
  const lines: string[] = [];
  const said = mock.method(console, 'error', (line: string) => lines.push(line));
  const settings = { HOST: '127.0.0.1', API_PORT: apiPort } as const;
  const forwarder = await openScrapePath(settings, toNetworks(networksOf(gateway)), port);
  said.mock.restore();
  const text = await fetch(`http://127.0.0.1:${port}/metrics`).then(
    (response) => response.text(),
    () => 'cut off',
  );
  await forwarder?.close();
  return { port, said: lines.join('\n'), isOpen: forwarder !== undefined, text };
}

describe('the way of Prometheus to the API', () => {
  test('leads to the port that its configuration names', () => {
    const configuration = readFileSync(join(ROOT, 'local', 'monitoring', 'prometheus', 'stack.yml'), 'utf8');
    assert.ok(configuration.includes(`'host.docker.internal:${TARGET_PORT}'`));
  });

  test('is the address of the bridge where that is of this machine, and not for this machine itself', async () => {
    const { port, said, isOpen, text } = await open('127.0.0.1');
    assert.equal(isOpen, true);
    assert.equal(said, `Prometheus reads /metrics by 127.0.0.1:${port}, where only containers are answered.`);
    assert.equal(text, 'cut off');
  });

  test('is Docker’s own where the bridge is in another machine and the API has the port of the target', async () => {
    const { said, isOpen } = await open(ELSEWHERE, API_PORT, API_PORT);
    assert.equal(isOpen, false);
    assert.equal(
      said,
      "Docker's bridge is not on this machine: Prometheus reads /metrics if Docker hands host.docker.internal on to\n" +
        `127.0.0.1:${API_PORT}, as Docker Desktop does.`,
    );
  });

  test('is opened on 127.0.0.1 where the bridge is in another machine and the API has another port', async () => {
    const { isOpen, text } = await open(ELSEWHERE);
    assert.equal(isOpen, true);
    assert.equal(text, 'metrics');
  });

  test('that another program has taken is said and is no failure', async () => {
    const { said, isOpen } = await open('127.0.0.1', 1, API_PORT);
    assert.equal(isOpen, false);
    assert.match(
      said,
      new RegExp(`Prometheus cannot read /metrics: 127.0.0.1:${API_PORT} is in use by another program.`),
    );
  });
});

describe('what Docker says of its networks', () => {
  test('is the gateway of the bridge and the addresses of containers on both', () => {
    const { gateway, containers } = toNetworks(networksOf('172.17.0.1'));
    assert.equal(gateway, '172.17.0.1');
    for (const [ip, isContainer] of [
      ['127.0.7.1', true],
      ['127.0.8.1', false],
      ['172.18.255.254', true],
      ['172.19.0.1', false],
      ['192.168.1.10', false],
    ] as const)
      assert.equal(containers.check(ip), isContainer, ip);
  });

  test('may be without a bridge, without addresses, and with IPv6, which is left out', () => {
    const observability = {
      Name: 'prior-auth_observability',
      IPAM: { Config: [{ Subnet: 'fd00::/64', Gateway: 'fd00::1' }] },
    };
    for (const bridge of [null, [{ Subnet: 'fd01::/64', Gateway: 'fd01::1' }]]) {
      const text = JSON.stringify([{ Name: 'bridge', IPAM: { Config: bridge } }, observability]);
      const { gateway, containers } = toNetworks(text);
      assert.equal(gateway, undefined);
      assert.deepEqual(containers.rules, []);
    }
  });
});
