/** What may leave the process, by the contract's lists. */
import { ATTRIBUTES } from '../../../functions/contract/attributes.ts';
import { SCOPES, SPAN_NAMES } from '../../../functions/contract/spans.ts';
import { createCheck } from '../../../functions/contract/values.ts';

const checks = new Map(Object.entries(ATTRIBUTES).map(([key, rule]) => [key, createCheck(rule)]));

export function isSpanName(name: string): boolean {
  return SPAN_NAMES.includes(name);
}

export function isScope(name: string): boolean {
  return SCOPES.includes(name);
}

/** Whether an attribute is on the list, and its value keeps to its rule. */
export function isAllowed(key: string, value: unknown): boolean {
  return checks.get(key)?.(value) ?? false;
}
