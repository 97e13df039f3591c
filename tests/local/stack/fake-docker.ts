/** A `docker` on PATH that records its calls and plays answers; nothing of it is Docker. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll } from 'vitest';
import * as z from 'zod/mini';

/** Given to the first call whose arguments, joined by spaces, hold the text. */
export interface Answer {
  readonly to: string;
  readonly code?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

const Call = z.object({ args: z.array(z.string()), input: z.string(), environment: z.record(z.string(), z.string()) });
export type Call = z.infer<typeof Call>;

export interface FakeDocker {
  /** With the fake's folder first. */
  readonly PATH: string;
  /** So far, in order. */
  readonly calls: () => Call[];
}

const PROGRAM = `#!${process.execPath}
const fs = require('node:fs');
const [args, folder] = [process.argv.slice(2), __dirname];
const input = fs.fstatSync(0).isCharacterDevice() ? '' : fs.readFileSync(0, 'utf8');
fs.appendFileSync(folder + '/calls.ndjson', JSON.stringify({ args, input, environment: process.env }) + '\\n');
const answers = JSON.parse(fs.readFileSync(folder + '/answers.json', 'utf8'));
const { code = 0, stdout = '', stderr = '' } = answers.find(({ to }) => args.join(' ').includes(to)) ?? {};
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = code;
`;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** What is not among the answers succeeds without a word. */
export function fakeDocker(answers: readonly Answer[] = []): FakeDocker {
  const folder = mkdtempSync(join(tmpdir(), 'prior-auth-docker-'));
  folders.push(folder);
  writeFileSync(join(folder, 'docker'), PROGRAM, { mode: 0o755 });
  writeFileSync(join(folder, 'answers.json'), JSON.stringify(answers));
  const file = join(folder, 'calls.ndjson');
  return {
    PATH: `${folder}${delimiter}${process.env['PATH'] ?? ''}`,
    calls() {
      const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
      return lines.map((line) => Call.parse(JSON.parse(line)));
    },
  };
}

/** What Docker prints of its networks on a Linux machine. */
export function networksOf(gateway: string): string {
  const network = (Name: string, Subnet: string, Gateway: string) => ({
    Name,
    IPAM: { Config: [{ Subnet, Gateway }] },
  });
  return JSON.stringify([
    network('bridge', '127.0.7.0/24', gateway),
    network('prior-auth_observability', '172.18.0.0/16', '172.18.0.1'),
  ]);
}
