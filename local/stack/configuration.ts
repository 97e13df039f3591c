import { join } from 'node:path';
import { alertmanagerFiles } from '../monitoring/alertmanager/configuration.ts';
import { readReceivers } from '../monitoring/alertmanager/settings.ts';
import { writeConfigurationFolder } from '../machine/configuration-folder.ts';
import { stackFiles } from '../monitoring/prometheus/configuration.ts';
import { readSandbox } from '../monitoring/prometheus/settings.ts';
import { localDirectory, type Settings } from '../machine/settings.ts';

/** What the containers see in place of the committed folders. */
export function configurationFolders(settings: Settings) {
  const folder = join(localDirectory(settings), 'stack');
  return { prometheus: join(folder, 'prometheus'), alertmanager: join(folder, 'alertmanager') } as const;
}

/**
 * Writes what Prometheus and Alertmanager read: the committed files, completed by the sandbox and the receivers that
 * the environment names.
 * @throws Error that lists every fault in those settings
 */
export function writeConfiguration(settings: Settings): void {
  const [prometheus, alertmanager] = [stackFiles(readSandbox()), alertmanagerFiles(readReceivers())];
  const folders = configurationFolders(settings);
  writeConfigurationFolder(folders.prometheus, prometheus);
  writeConfigurationFolder(folders.alertmanager, alertmanager);
}
