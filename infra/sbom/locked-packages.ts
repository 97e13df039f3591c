/** The packages that files belong to, as package-lock.json has them. */
import * as z from 'zod/mini';
import { PERMISSIVE, type Permissive } from './licences.ts';

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly licence: Permissive;
  /** Of the package as it was published, in hex. */
  readonly sha512: string;
}

const Entry = z.object({
  version: z.string(),
  license: z.enum(PERMISSIVE),
  integrity: z.string().check(z.startsWith('sha512-')),
});
const Lock = z.object({ packages: z.record(z.string(), z.unknown()) });

/** `node_modules/a/node_modules/@b/c/d.js` belongs to `node_modules/a/node_modules/@b/c`. */
const FOLDER = /(?<=^|\/)(node_modules\/(?:.*\/node_modules\/)?((?:@[^/]+\/)?[^/]+))/;

/**
 * Finds the package of a file; undefined when the file is the project's own.
 * @param lock the content of package-lock.json
 */
export function readLock(lock: unknown): (file: string) => LockedPackage | undefined {
  const { packages } = Lock.parse(lock);
  return (file) => {
    const [, folder, name] = FOLDER.exec(file) ?? [];
    if (folder === undefined || name === undefined) return undefined;
    const { data, error } = Entry.safeParse(packages[folder]);
    if (data === undefined) throw new Error(`${folder} in package-lock.json: ${z.prettifyError(error)}`);
    const sha512 = Buffer.from(data.integrity.replace('sha512-', ''), 'base64').toString('hex');
    return { name, version: data.version, licence: data.license, sha512 };
  };
}
