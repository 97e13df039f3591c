import { chmodSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Makes `folder` hold exactly these files (path below it to text), some of which may be secrets. Other accounts of this
 * machine cannot enter the folder around it; a container that has `folder` itself as a volume reads everything as
 * whatever user it runs. The folder stays the same one: a container that is up sees what changed.
 */
export function writeConfigurationFolder(folder: string, files: Readonly<Record<string, string>>): void {
  makeReadable(folder);
  chmodSync(dirname(folder), 0o700);
  for (const entry of readdirSync(folder)) rmSync(join(folder, entry), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    makeReadable(dirname(file));
    writeFileSync(file, text);
    chmodSync(file, 0o644);
  }
}

/** Whatever the umask of this process takes away. */
function makeReadable(folder: string): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
}
