/**
 * `npm run figures`: what the whole costs on this machine, measured on `npm run local` itself. Absolute numbers of one
 * machine in one state: compare only what one run printed. `npm run bench` measures the parts, beside a floor and
 * peers.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { listTimes, pageBytes } from './console-figures.ts';
import { SUBMISSION } from './fixtures/http.ts';
import { partOf, startStack, submit, type Stack } from './end-to-end/stack.ts';

const ROOT = resolve(import.meta.dirname, '..');
const MAX_REQUESTS = 4000;
const MAX_MS = 10_000;
const WARM_UP = 200;

interface Load {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

/** Calls from `lanes` loops at once, bounded in number and time, after a warm-up that is not counted. */
async function load(lanes: number, call: () => Promise<number>): Promise<Load> {
  const loop = async (requests: number, times: number[], until: number) => {
    for (let n = 0; n < requests && performance.now() < until; n++) {
      const started = performance.now();
      const status = await call();
      if (status !== 201) throw new Error(`answered ${status}`);
      times.push(performance.now() - started);
    }
  };
  const all = async (requests: number) => {
    const times: number[] = [];
    const started = performance.now();
    await Promise.all(Array.from({ length: lanes }, () => loop(requests / lanes, times, started + MAX_MS)));
    return { times: times.sort((a, b) => a - b), seconds: (performance.now() - started) / 1000 };
  };
  await all(WARM_UP * Math.sqrt(lanes));
  const { times, seconds } = await all(MAX_REQUESTS);
  const at = (share: number) => times[Math.floor(times.length * share)] ?? NaN;
  return { perSecond: times.length / seconds, p50: at(0.5), p99: at(0.99) };
}

function overHttp(stack: Stack, lanes: number): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: lanes });
  const body = JSON.stringify(SUBMISSION);
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  return load(
    lanes,
    () =>
      new Promise((done, failed) => {
        const sent = httpRequest(`${stack.api}/prior-auth/submit`, { method: 'POST', agent, headers }, (answer) => {
          answer.resume().once('end', () => done(answer.statusCode ?? 0));
        });
        sent.once('error', failed).end(body);
      }),
  );
}

/** Proportional set size of the launcher and all below it, in MB: shared pages counted once. */
function memory(stack: Stack): number {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = /^PPid:\s+(\d+)/m.exec(read(`/proc/${name}/status`))?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const roots = [stack.process.pid ?? 0, partOf(stack, 'PostgreSQL').pid, partOf(stack, 'The API').pid];
  const isBelow = (pid: number): boolean => roots.includes(pid) || (parents.has(pid) && isBelow(parents.get(pid) ?? 0));
  const kilobytes = [...parents.keys()]
    .filter(isBelow)
    .map((pid) => Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0));
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1024;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function lineBytes(stack: Stack): number {
  const lines = readFileSync(join(stack.folder, 'spool', 'functions.ndjson'), 'utf8').split('\n');
  const submits = lines.filter((line) => line.includes('"status":"success"') && !line.includes('cold_start'));
  return submits.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0) / submits.length;
}

function linesOf(...patterns: string[]): number {
  const files = execFileSync('git', ['ls-files', ...patterns], { cwd: ROOT, encoding: 'utf8' })
    .trim()
    .split('\n');
  return files.reduce((sum, file) => sum + readFileSync(join(ROOT, file), 'utf8').split('\n').length - 1, 0);
}

function show(what: string, value: string): void {
  console.log(`${what.padEnd(52)} ${value}`);
}

function showLoad(what: string, { perSecond, p50, p99 }: Load): void {
  show(what, `${perSecond.toFixed(0)}/s  p50 ${p50.toFixed(2)} ms  p99 ${p99.toFixed(2)} ms`);
}

// A test only for its clean-up: the stack and its folder are removed at the end, come what may.
test('figures', async (t) => {
  const stack = await startStack();
  show('ready (npm run local, built before)', /Ready in [\d.]+ s/.exec(stack.output())?.[0] ?? '');
  await submit(stack);
  show('memory of the whole stack after one request', `${memory(stack).toFixed(0)} MB`);
  showLoad('submits through the emulator, 1 connection', await overHttp(stack, 1));
  showLoad('submits through the emulator, 16 connections', await overHttp(stack, 16));
  show('memory of the whole stack after 16 environments', `${memory(stack).toFixed(0)} MB`);
  show('EMF and log bytes per submit', lineBytes(stack).toFixed(0));
  for (const file of [
    'functions/submit/handler.js',
    'functions/bridge/handler.js',
    'layers/otel/otel-implementation.js',
  ]) {
    show(`dist/${file}`, `${statSync(join(ROOT, 'dist', file)).size} bytes`);
  }
  show('page of the console, gzipped', `${await pageBytes()} bytes`);
  const list = await listTimes(t);
  if (list !== undefined) {
    show('console, list of 5,000: first contentful paint', `${list.paint.toFixed(0)} ms`);
    show(
      'console, list of 5,000: first row',
      `${list.row.toFixed(0)} ms (of it the list itself ${list.answer.toFixed(0)} ms)`,
    );
  }
  show(
    'lines of source',
    String(
      linesOf('functions/*.ts', 'layers/*.ts', 'infra/*.ts', 'infra/*.sql', 'local/*.ts', 'local/*.yml', 'local/*.cjs'),
    ),
  );
  show('lines of tests', String(linesOf('tests/*.ts', 'tests/*.cjs')));
});
