import { createExemplarLog } from './exemplars.ts';
import type { Sample } from '../../client/exposition.ts';
import { GROUPS, readGroup, type Group } from './groups.ts';
import type { BucketExemplar } from './thin.ts';

export const SCRAPE_INTERVAL_SECONDS = 5;
export const HISTORY_SECONDS = 3600;
export const MAX_SCRAPES = HISTORY_SECONDS / SCRAPE_INTERVAL_SECONDS;

export interface Scrape {
  /** Unix time in seconds at which it began. */
  readonly time: number;
  /** None of a scrape that failed: a gap. */
  readonly samples: readonly Sample[];
  /** Why it failed, in fixed words; null when it did not. */
  readonly failure: string | null;
}

/**
 * The scrapes of the last hour, of each only what the charts need. The arrays it gives are good until the next `add`.
 */
export interface History {
  add(scrape: Scrape): void;
  /** Unix times in seconds, ascending. */
  times(): Float64Array;
  /** For each line of a group, its value at each of the times; NaN where it is not known. */
  columns(group: Group): Float64Array[];
  /**
   * Those of the time that the history spans: traces of an earlier run are gone, though `/metrics` still names them.
   */
  exemplars(): BucketExemplar[];
  /** Why the last scrape failed; null when it did not. */
  failure(): string | null;
}

/**
 * Bounded in time and in number. When the oldest goes, all values move down: 200 KB every five seconds are nothing, and
 * each column stays an array in the order of time. A clock that is set back drops what it places in the future.
 */
export function createHistory(maxScrapes = MAX_SCRAPES): History {
  const column = () => new Float64Array(maxScrapes);
  const times = column();
  const table = new Map<Group, Float64Array[]>(Object.values(GROUPS).map((group) => [group, group.lines.map(column)]));
  const exemplars = createExemplarLog();
  let length = 0;
  let failure: string | null = null;

  function firstTime(isMeant: (time: number) => boolean): number {
    const index = times.subarray(0, length).findIndex(isMeant);
    return index === -1 ? length : index;
  }

  function makeRoom(now: number): void {
    length = firstTime((time) => time >= now);
    const hourAgo = firstTime((time) => time >= now - HISTORY_SECONDS);
    const gone = Math.max(hourAgo, length + 1 - maxScrapes);
    for (const values of [times, ...[...table.values()].flat()]) values.copyWithin(0, gone, length);
    length -= gone;
  }

  return {
    add({ time, samples, failure: reason }) {
      makeRoom(time);
      times[length] = time;
      for (const [group, columns] of table) {
        for (const [line, value] of readGroup(group, samples).entries()) columns[line]?.fill(value, length, length + 1);
      }
      length += 1;
      failure = reason;
      exemplars.add(samples, times[0] ?? time);
    },
    times: () => times.subarray(0, length),
    columns: (group) => (table.get(group) ?? []).map((values) => values.subarray(0, length)),
    exemplars: () => exemplars.list(),
    failure: () => failure,
  };
}
