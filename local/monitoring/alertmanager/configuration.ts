/** Alertmanager's configuration as files, name to text. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { receiverSections, secretFiles, type Receivers } from './receivers.ts';

const NAME = 'alertmanager.yml';

/**
 * The committed file; where somebody is to be told, with a receiver for them and their secrets in files of their own.
 * @param folder what Alertmanager sees the files in: a volume of its container
 */
export function alertmanagerFiles(receivers: Receivers, folder = '/etc/alertmanager'): Record<string, string> {
  const committed = readFileSync(join(import.meta.dirname, NAME), 'utf8');
  const sections = receiverSections(receivers, folder);
  if (Object.keys(sections).length === 0) return { [NAME]: committed };
  const document = parseDocument(committed);
  document.setIn(['route', 'receiver'], 'team');
  document.addIn(['receivers'], document.createNode({ name: 'team', ...sections }));
  document.commentBefore =
    ' Written by `npm run stack` from local/monitoring/alertmanager/alertmanager.yml and the environment.';
  return { [NAME]: document.toString({ lineWidth: 0, flowCollectionPadding: false }), ...secretFiles(receivers) };
}
