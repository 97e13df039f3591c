import type { Exemplar } from '../contract.ts';

export interface BucketExemplar extends Exemplar {
  /** Names the bucket: a status and an upper bound. */
  readonly bucket: string;
}

/** How many of the slowest are never left out. */
export const SLOWEST_KEPT = 20;

/**
 * At most `most` of them, oldest first. When there are more, these stay: the newest of each bucket (what `/metrics`
 * shows now), the slowest, and of the rest the slowest in each of as many equal spans of time as there is room for. So
 * a burst does not push out the quiet hour around it.
 * @param most more than there are buckets and slowest together
 */
export function thin(exemplars: readonly BucketExemplar[], most: number): BucketExemplar[] {
  const ascending = exemplars.toSorted((a, b) => a.at - b.at);
  if (ascending.length <= most) return ascending;
  const kept = new Set([...newestOfEachBucket(ascending), ...slowest(ascending)]);
  const rest = ascending.filter((each) => !kept.has(each));
  for (const each of spread(rest, most - kept.size)) kept.add(each);
  return ascending.filter((each) => kept.has(each));
}

function newestOfEachBucket(ascending: readonly BucketExemplar[]): Iterable<BucketExemplar> {
  return new Map(ascending.map((each) => [each.bucket, each])).values();
}

function slowest(exemplars: readonly BucketExemplar[]): BucketExemplar[] {
  return exemplars.toSorted(byValue).slice(-SLOWEST_KEPT);
}

function spread(ascending: readonly BucketExemplar[], spans: number): Iterable<BucketExemplar> {
  const first = ascending.at(0)?.at ?? 0;
  const length = ((ascending.at(-1)?.at ?? 0) - first) / spans;
  const spanOf = ({ at }: BucketExemplar) => Math.min(Math.floor((at - first) / length), spans - 1);
  return new Map(ascending.toSorted(byValue).map((each) => [spanOf(each), each])).values();
}

function byValue(a: BucketExemplar, b: BucketExemplar): number {
  return a.value - b.value;
}
