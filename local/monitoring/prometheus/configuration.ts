/** Prometheus' configuration as files, path to text: the committed ones, completed by what only a run knows. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { sandboxJob, SECRET_FILE, type Sandbox } from './sandbox.ts';

type Files = Record<string, string>;

/** For the Prometheus that the launcher starts. `target` is host:port of this run's API. */
export function embeddedFiles(target: string): Files {
  return { ...rules(), 'prometheus.yml': read('prometheus.yml').replace('127.0.0.1:8000', target) };
}

/** For the one in a container, where they are `/etc/prometheus`. */
export function stackFiles(sandbox: Sandbox | undefined): Files {
  const committed = { ...rules(), 'stack.yml': read('stack.yml') };
  if (sandbox === undefined) return committed;
  const document = parseDocument(committed['stack.yml']);
  document.addIn(['scrape_configs'], document.createNode(sandboxJob(sandbox)));
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  return { ...committed, 'stack.yml': text, [SECRET_FILE]: sandbox.clientSecret };
}

function rules(): Files {
  const names = readdirSync(join(import.meta.dirname, 'rules'));
  return Object.fromEntries(names.map((name) => [`rules/${name}`, read(join('rules', name))]));
}

function read(name: string): string {
  return readFileSync(join(import.meta.dirname, name), 'utf8');
}
