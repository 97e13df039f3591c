/**
 * The value that a share of the observations does not exceed, by the rule of PromQL's `histogram_quantile`: inside a
 * bucket observations are taken to lie evenly, and the bucket without an upper bound counts for its lower one. Pure.
 * https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
 * @param share above 0, up to 1
 * @param bounds ascending and positive, the last is infinite
 * @param cumulated for each bound, the number of observations up to it
 * @returns null when there are no observations, or the number of any bucket is not known (NaN)
 */
export function quantile(share: number, bounds: readonly number[], cumulated: readonly number[]): number | null {
  const rank = share * (cumulated.at(-1) ?? 0);
  if (rank === 0 || cumulated.some(Number.isNaN)) return null;
  const bucket = cumulated.findIndex((count) => count >= rank);
  const lower = bounds[bucket - 1] ?? 0;
  const upper = bounds[bucket] ?? Infinity;
  if (upper === Infinity) return lower;
  const below = cumulated[bucket - 1] ?? 0;
  const inside = (cumulated[bucket] ?? 0) - below;
  return lower + (upper - lower) * ((rank - below) / inside);
}
