import { messageOf } from '../machine/command.ts';

/** Something that must be so; `fault` is the sentence for when it is not. */
export interface Check {
  readonly passed: boolean;
  readonly fault: string;
}

/** What is shown of one question about a request, and what was checked on the way. */
export interface Findings {
  readonly lines: readonly string[];
  readonly checks: readonly Check[];
}

export interface Section extends Findings {
  readonly title: string;
}

export function check(passed: boolean, fault: string): Check {
  return { passed, fault };
}

/** What cannot be found out at all is one failed check: the rest is still worth reading. */
export async function attempt(find: () => Findings | Promise<Findings>): Promise<Findings> {
  try {
    return await find();
  } catch (error) {
    return { lines: [], checks: [check(false, messageOf(error))] };
  }
}

export async function section(title: string, find: () => Findings | Promise<Findings>): Promise<Section> {
  return { title, ...(await attempt(find)) };
}
