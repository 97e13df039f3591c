/**
 * What a benchmark is. `bench/<name>.ts` exports `run`, of this type; `npm run bench -- <name>` calls it:
 *
 *     export const run: Run = async (bench) => {
 *       const url = await startPostgres(bench); // stopped at the end, and on Ctrl-C
 *       const peer = await installPeer(bench, 'fastify'); // npm ci in bench/peers/fastify
 *       const floor = await startFloor(url, peer);
 *       bench.cleanup(() => floor.stop());
 *       const times = await interleave(bench, 10, { floor: () => floor.round(), submit: () => ours.round() });
 *       const [a, b] = [summarize(times.floor), summarize(times.submit)];
 *       return {
 *         title: 'Submit',
 *         notes: ['What was measured, in a sentence or two.'],
 *         tables: [{ columns: ['', 'p50 ms', 'p90 ms'],
 *           rows: [['floor', a.median, a.p90], ['ours', b.median, b.p90]] }],
 *         goals: [{ what: 'p50, of the floor’s', value: b.median / a.median, atMost: 1.3 }],
 *       };
 *     };
 *
 * Things are compared only with what the same run measured. A row that is void (a peer that exported no span) says so
 * in its cells.
 */
import type { Table } from './table.ts';

export type Run = (bench: Bench) => Promise<Section>;

/** What a benchmark is given. */
export interface Bench {
  /** A line to standard error. */
  readonly progress: (line: string) => void;
  /** Work for the end of this benchmark, done also when it fails and on Ctrl-C; the last registered first. */
  readonly cleanup: (work: () => unknown) => void;
  /** A folder of its own for what it writes, removed at the end; everybody may read it. */
  readonly folder: string;
  /** The rounds to measure: what the benchmark asks for, unless the command line says `--rounds`. */
  readonly rounds: (byDefault: number) => number;
  /** `--seen-ids`: how many events were counted before, 0 by default. */
  readonly seenIds: number;
}

/** What a benchmark found; printed, and written to `docs/benchmarks.md`. */
export interface Section {
  readonly title: string;
  /** Paragraphs of Markdown before the tables. */
  readonly notes: readonly string[];
  readonly tables: readonly Table[];
  readonly goals: readonly Goal[];
}

/** A bound that the manual promises; NaN as value is a goal that is missed. Exactly one of the two bounds. */
export type Goal = { readonly what: string; readonly value: number; readonly unit?: string } & (
  { readonly atMost: number } | { readonly atLeast: number }
);
