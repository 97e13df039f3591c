/**
 * Writes every file that is made from TypeScript, so that metrics, units and limits are spelt in one place: `npm run
 * generate`. A test fails while a committed one is not what it would write.
 */
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { collectorFiles } from './collector/configuration.ts';
import { grafanaFiles } from './grafana/files.ts';
import { ruleFiles } from './prometheus/rules.ts';
import { takeNoOptions } from '../machine/command.ts';
import { ROOT } from '../machine/settings.ts';

/** Text by path from the top of the repository. */
type Files = Readonly<Record<string, string>>;

const GENERATORS: readonly (() => Files)[] = [collectorFiles, grafanaFiles, ruleFiles];

/** Where nothing else may be than what is generated. */
const GENERATED = [
  'local/monitoring/collector/*.yaml',
  'local/monitoring/grafana/dashboards/*.json',
  'local/monitoring/grafana/provisioning/**/*.yaml',
  'local/monitoring/prometheus/rules/*.yml',
];

/** Every generated file, in the repository's format. */
export async function generate(): Promise<Files> {
  const files = GENERATORS.flatMap((generator) => Object.entries(generator()));
  const formatted = files.map(async ([path, text]): Promise<[string, string]> => {
    const filepath = join(ROOT, path);
    return [path, await format(text, { ...(await resolveConfig(filepath)), filepath })];
  });
  return Object.fromEntries(await Promise.all(formatted));
}

export interface Fault {
  readonly path: string;
  readonly fault: 'stale' | 'missing' | 'extra';
}

/** Where the files below `root` differ from what would be generated. */
export function compare(files: Files, root = ROOT): Fault[] {
  const present = globSync(GENERATED, { cwd: root });
  const extra = present
    .filter((path) => !Object.hasOwn(files, path))
    .map((path) => ({ path, fault: 'extra' as const }));
  const others = Object.entries(files).flatMap(([path, text]): Fault[] => {
    if (!present.includes(path)) return [{ path, fault: 'missing' }];
    return readFileSync(join(root, path), 'utf8') === text ? [] : [{ path, fault: 'stale' }];
  });
  return [...extra, ...others];
}

/** Brings the files below `root` up to date and returns what it changed. */
export function write(files: Files, root = ROOT): Fault[] {
  const faults = compare(files, root);
  for (const { path, fault } of faults) {
    const file = join(root, path);
    if (fault === 'extra') {
      rmSync(file);
    } else {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, files[path] ?? '');
    }
  }
  return faults;
}

const HELP = `Usage: npm run generate

Writes Grafana's dashboards and data sources and Prometheus' rules from TypeScript and the metric catalogue, and prints which
files it changed.

  --help  print this`;

if (import.meta.main) {
  takeNoOptions({ name: 'generate', help: HELP });
  const changed = write(await generate());
  console.log(changed.length === 0 ? 'Nothing to change.' : changed.map(({ path }) => path).join('\n'));
}
