/** What a check found out. */

export interface Passed {
  readonly state: 'passed';
  readonly observed: string;
}
export interface Faulty {
  readonly state: 'faulty';
  readonly observed: string;
  /** What to do, a command where there is one. */
  readonly fix: string;
}
/** What it needs to know first is at fault itself. */
export interface Unchecked {
  readonly state: 'unchecked';
  readonly observed: string;
}
export type Finding = Passed | Faulty | Unchecked;

export function passed(observed: string): Passed {
  return { state: 'passed', observed };
}

export function faulty(observed: string, fix: string): Faulty {
  return { state: 'faulty', observed, fix };
}

export function unchecked(needs: string): Unchecked {
  return { state: 'unchecked', observed: `not checked: needs ${needs}` };
}
