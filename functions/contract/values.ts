/**
 * What a value that leaves a request may be: its type, and the pattern of its text. The layer, the collector and the
 * console each judge by these, in a language of their own, so patterns are of the syntax that JavaScript and RE2 (Go)
 * have in common. Pure.
 */

interface Typed<Type extends string, Value> {
  readonly type: Type;
  /** Of the whole text: a boolean's, a number's in digits, or that of each member of a list. */
  readonly pattern: string;
  /** There at compile time only: what TypeScript lets a caller write. */
  readonly value?: Value;
}
export type ValueRule = Typed<'boolean' | 'number' | 'string' | 'list', unknown>;
export type ValueOf<Rule extends ValueRule> = NonNullable<Rule['value']>;

const MAX_STRING_LENGTH = 128;

export const flag: Typed<'boolean', boolean> = { type: 'boolean', pattern: 'true|false' };

/** A number that is written in these digits. */
export function digits(pattern: string): Typed<'number', number> {
  return { type: 'number', pattern };
}

export function oneOf<const Values extends readonly string[]>(...values: Values): Typed<'string', Values[number]> {
  return { type: 'string', pattern: alternatives(values) };
}

/** What TypeScript lets a caller write may be narrower than any string. */
export function text<Text extends string = string>(pattern: string): Typed<'string', Text> {
  return { type: 'string', pattern };
}

/** A list is mutable, as OpenTelemetry's type of one is. */
export function listOf<const Value extends string>(values: readonly Value[]): Typed<'list', Value[]> {
  return { type: 'list', pattern: alternatives(values) };
}

/**
 * A pattern of these texts, in which no backslash, ^ or $ may be, and no others. What would have a meaning is put in
 * brackets.
 */
export function alternatives(values: readonly string[]): string {
  return values.map((value) => value.replaceAll(/[.*+?(){}|[]/g, '[$&]')).join('|');
}

/** Whether a value keeps to a rule, and its text is no longer than 128 characters; the pattern is compiled once. */
export function createCheck({ type, pattern }: ValueRule): (value: unknown) => boolean {
  const whole = new RegExp(`^(?:${pattern})$`);
  const fits = (value: unknown, as = type, written = String(value)) =>
    typeof value === as && written.length <= MAX_STRING_LENGTH && whole.test(written);
  return type === 'list'
    ? (value) => Array.isArray(value) && value.every((one) => fits(one, 'string'))
    : (value) => fits(value);
}
