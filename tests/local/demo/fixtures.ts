import type { Findings } from '../../../local/demo/section.ts';

/** What the failed checks say. */
export function faultsOf({ checks }: Pick<Findings, 'checks'>): string[] {
  return checks.filter((check) => !check.passed).map((check) => check.fault);
}
