import { globSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The test files at some paths, absolute; none where no path is given, which is all of them.
 * @param paths of files or folders, relative to the root
 * @returns with a line for each path that has no test
 */
export function filesAt(
  root: string,
  paths: readonly string[],
  soak: boolean,
): { files: readonly string[]; missing: readonly string[] } {
  const all = globSync('tests/**/*.test.ts', { cwd: root });
  const files = new Set<string>();
  const missing: string[] = [];
  for (const path of paths.map((one) => one.replace(/\/$/, ''))) {
    const found = all.filter((file) => path === '' || file === path || file.startsWith(`${path}/`));
    const mine = found.filter((file) => file.startsWith('tests/soak/') === soak);
    if (found.length === 0) missing.push(`No test is at ${path}`);
    else if (mine.length === 0) missing.push(`The tests at ${path} are run by ${soak ? 'npm test' : 'npm run soak'}`);
    for (const file of mine) files.add(join(root, file));
  }
  return { files: [...files], missing };
}
