import { messageOf } from '../machine/command.ts';
import { BlockList } from 'node:net';
import { TARGET_PORT } from '../machine/containers.ts';
import type { Settings } from '../machine/settings.ts';
import { say, warn } from '../machine/terminal.ts';
import { startForwarder, type Forwarder } from './forwarder.ts';
import type { Networks } from './networks.ts';

const LOOPBACK = '127.0.0.1';

/**
 * Lets Prometheus in its container reach `/metrics`. Where Docker runs on this machine itself that takes a forwarder on
 * the bridge's address; where it runs in one of its own (Docker Desktop) Docker hands the name on to 127.0.0.1, and a
 * forwarder is needed only if the API has another port than the target. What does not work is said, and no failure: the
 * rest does.
 * @returns what to close at the end, or undefined when nothing had to be opened
 */
export async function openScrapePath(
  settings: Pick<Settings, 'HOST' | 'API_PORT'>,
  networks: Networks,
  port = TARGET_PORT,
): Promise<Forwarder | undefined> {
  const api = `http://${settings.HOST}:${settings.API_PORT}`;
  try {
    const { gateway, containers } = networks;
    const onBridge = gateway && (await startForwarder({ address: gateway, port, peers: containers, api }));
    if (onBridge) {
      say(`Prometheus reads /metrics by ${gateway}:${port}, where only containers are answered.`);
      return onBridge;
    }
    say(`Docker's bridge is not on this machine: Prometheus reads /metrics if Docker hands host.docker.internal on to
${LOOPBACK}:${port}, as Docker Desktop does.`);
    if (settings.API_PORT !== port) return await startForwarder({ address: LOOPBACK, port, peers: loopback(), api });
  } catch (error) {
    warn(`Prometheus cannot read /metrics: ${messageOf(error)}`);
  }
  return undefined;
}

function loopback(): BlockList {
  const list = new BlockList();
  list.addSubnet('127.0.0.0', 8);
  return list;
}
