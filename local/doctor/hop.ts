/** What is found out about one hop of the way of a request. */

/** How long after the sending something happened, in milliseconds; `by` says who says so. */
export interface Delay {
  readonly ms: number;
  /** A time that the part itself noted, or the poll that found it there first. */
  readonly by: 'timestamp' | 'poll';
}

export interface Diagnosis {
  readonly cause: string;
  readonly fix: string;
}

export interface Passed<T> {
  readonly state: 'passed';
  readonly observed: string;
  readonly delay?: Delay | undefined;
  /** What the hops after this one need to know. */
  readonly found: T;
}
export interface Broken extends Diagnosis {
  readonly state: 'broken';
  readonly observed: string;
}
export interface Absent {
  readonly state: 'absent';
  /** Why there is no such hop here. */
  readonly observed: string;
}
export type Finding<T> = Passed<T> | Broken | Absent;

/** A line of the report. */
export interface Hop {
  readonly name: string;
  readonly state: 'passed' | 'broken' | 'absent' | 'not reached';
  readonly observed: string;
  readonly delay?: Delay | undefined;
  readonly diagnosis?: Diagnosis;
}

export function passed<T>(observed: string, found: T, delay?: Delay): Passed<T> {
  return { state: 'passed', observed, found, delay };
}

export function broken(observed: string, cause: string, fix: string): Broken {
  return { state: 'broken', observed, cause, fix };
}

export function absent(why: string): Absent {
  return { state: 'absent', observed: why };
}

/** @param at Unix time in milliseconds, as the part itself wrote it down */
export function noted(at: number, sentAt: number): Delay {
  return { ms: at - sentAt, by: 'timestamp' };
}

/** For what leaves no time of its own: now is when it was seen. */
export function seen(sentAt: number): Delay {
  return { ms: Date.now() - sentAt, by: 'poll' };
}
