import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { alertmanagerFiles } from '../../../../local/monitoring/alertmanager/configuration.ts';
import type { Receivers } from '../../../../local/monitoring/alertmanager/receivers.ts';
import { writeConfigurationFolder } from '../../../../local/machine/configuration-folder.ts';
import { freePort } from '../../../../local/machine/free-port.ts';
import { request, until } from '../../../end-to-end/stack.ts';

const READY_TIMEOUT_MS = 60_000;

/**
 * Starts a real Alertmanager with the real configuration, but for one thing: it does not wait for more alerts of a
 * kind.
 */
export async function runAlertmanager(
  t: TestContext,
  program: string,
  folder: string,
  receivers: Receivers,
): Promise<string> {
  const configuration = join(folder, 'configuration');
  const { 'alertmanager.yml': text = '', ...secrets } = alertmanagerFiles(receivers, configuration);
  const impatient = text.replace('group_wait: 30s', 'group_wait: 0s');
  writeConfigurationFolder(configuration, { 'alertmanager.yml': impatient, ...secrets });
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    program,
    [
      `--config.file=${join(configuration, 'alertmanager.yml')}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=${address}`,
      '--cluster.listen-address=',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const ended = new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const isReady = () =>
    request(`http://${address}/-/ready`).then(
      ({ status }) => status === 200,
      () => false,
    );
  await until(isReady, READY_TIMEOUT_MS, () => `Alertmanager does not start: ${log}`, ended);
  return address;
}
