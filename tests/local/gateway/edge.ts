/** A gateway over a fake emulator, on free ports, and requests that `fetch` would not send. */
import { connect } from 'node:net';
import { afterAll } from 'vitest';
import { startGateway } from '../../../local/gateway/gateway.ts';
import { freePort } from '../../../local/machine/free-port.ts';
import { startEmulator, type Behaviour, type FakeEmulator } from './emulator.ts';

export const TOKEN = 'token-of-this-test';

export interface Edge extends FakeEmulator {
  readonly apiPort: number;
  readonly lambdaPort: number;
  readonly close: () => Promise<void>;
}

const closes: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closes) await close();
});

export async function startEdge(behave?: Behaviour, options?: Parameters<typeof startEmulator>[1]): Promise<Edge> {
  const emulator = await startEmulator(behave, options);
  const [apiPort, lambdaPort] = [await freePort(), await freePort()];
  const settings = { HOST: '127.0.0.1' as const, API_PORT: apiPort, LAMBDA_PORT: lambdaPort };
  const gateway = await startGateway(settings, emulator.functions, TOKEN);
  const close = () => gateway.close();
  closes.push(close);
  return { ...emulator, apiPort, lambdaPort, close };
}

const QUIET_MS = 20_000;

/**
 * Sends bytes on a connection of their own. @returns all that comes back until the connection ends, '' when nothing
 * does
 */
export function sendRaw(port: number, ...parts: (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1');
    socket.setEncoding('latin1').setTimeout(QUIET_MS, () => socket.destroy());
    socket.on('data', (chunk: string) => (text += chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
    for (const part of parts) socket.write(part);
  });
}

/** A request with exactly these lines, and the end of the connection asked for. */
export function lines(...head: string[]): string {
  return `${[...head, 'Connection: close'].join('\r\n')}\r\n\r\n`;
}

export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
}
