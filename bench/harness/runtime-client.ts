import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Bench } from './benchmark.ts';
import { installPeer } from './peers.ts';

/** The program that Lambda runs in place of a function's own, and that asks for its events. */
export interface RuntimeClient {
  /** To name it beside a table. */
  readonly name: string;
  readonly file: string;
}

const EMULATED: RuntimeClient = {
  name: 'the JavaScript runtime client of tests/lambda-runtime',
  file: resolve(import.meta.dirname, '../../tests/lambda-runtime/bootstrap.cjs'),
};

/**
 * Lambda's own, where it could be built: its native addon needs cmake, a C++ compiler and a minute. Otherwise that of
 * the tests.
 */
export async function chooseRuntimeClient(bench: Bench): Promise<RuntimeClient> {
  try {
    const folder = await installPeer(bench, 'ric');
    const installed = join(folder, 'node_modules/aws-lambda-ric');
    const client = { name: 'Lambda’s own runtime client, aws-lambda-ric 4.0.2', file: join(installed, 'index.mjs') };
    if (existsSync(join(installed, 'rapid-client.node'))) return client;
  } catch (error) {
    bench.progress(`aws-lambda-ric could not be built: ${String(error)}`);
  }
  return EMULATED;
}
