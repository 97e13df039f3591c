import { globSync } from 'node:fs';
import { dirname } from 'node:path';
import { staleness } from '../../freshness.ts';
import { faulty, passed, type Finding } from '../finding.ts';

/** Whether what would be deployed is built, and is what the sources say. @param root of the project */
export function checkBundles(root: string): Finding {
  const folders = [...globSync('functions/*/handler.ts', { cwd: root }).map(dirname).sort(), 'layers'];
  const faults = folders.flatMap((folder) => staleness(folder, root) ?? []);
  if (faults.length === 0) return passed(`${folders.length} are built from these sources`);
  const [first = '', ...more] = faults;
  return faulty(more.length === 0 ? first : `${first}, and ${more.length} more`, 'npm run build');
}
