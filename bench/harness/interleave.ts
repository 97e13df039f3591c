import type { Bench } from './benchmark.ts';

/**
 * Takes one sample of each candidate, then the next one of each: A B C A B C. What the machine does meanwhile then
 * falls on all of them alike. A first round warms up files and caches and is not counted.
 * @returns for each candidate its samples, in the order in which they were taken
 */
export async function interleave<Name extends string, Sample>(
  bench: Pick<Bench, 'progress' | 'rounds'>,
  rounds: number,
  candidates: Readonly<Record<Name, () => Promise<Sample>>>,
): Promise<Record<Name, Sample[]>> {
  const names = Object.keys(candidates) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as Sample[]])) as Record<Name, Sample[]>;
  const total = bench.rounds(rounds);
  for (let round = 0; round <= total; round++) {
    bench.progress(round === 0 ? 'warm-up round' : `round ${round} of ${total}`);
    for (const name of names) {
      const sample = await candidates[name]();
      if (round > 0) samples[name].push(sample);
    }
  }
  return samples;
}
