/**
 * Reads what `/metrics` answers: OpenMetrics 1.0 and Prometheus text 0.0.4, whose samples are written alike. Pure.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */

export interface Sample {
  /** Name and labels as they are written: `a_total{field="x"}`. */
  readonly series: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar?: Exemplar;
}

export interface Exemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Unix time in seconds; the format leaves it to the writer. */
  readonly at?: number;
}

/** Its message names the line and holds nothing of it: whatever answered, what it said is not shown. */
export class ExpositionError extends Error {}

const NAME = String.raw`[a-zA-Z_:][\w:]*`;
/** A label's value is quoted and may hold anything, braces too. */
const LABELS = String.raw`\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\}`;
const EXEMPLAR = String.raw` # (${LABELS}) (\S+)(?: (\S+))?`;
/** Between a value and an exemplar may stand the time of the sample, which is of no use here. */
const SAMPLE = new RegExp(String.raw`^((${NAME})(${LABELS})?)[ \t]+(\S+)(?:[ \t]+[\d.+-]\S*)?(?:${EXEMPLAR})?$`);
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|(?=\}))/y;

/**
 * The samples, in their order. Comments, metadata and names that mean nothing to the caller are let pass.
 * @throws ExpositionError for a line that is no sample: half a reading, or another program's answer, would be read as a
 * change.
 */
export function parseExposition(text: string): Sample[] {
  return text
    .split('\n')
    .flatMap((line, index) => (line === '' || line.startsWith('#') ? [] : [parseSample(line, index + 1)]));
}

function parseSample(line: string, number: number): Sample {
  const [, series, name, labels, value, exemplarLabels, exemplarValue, at] = SAMPLE.exec(line) ?? [];
  if (series === undefined || name === undefined || value === undefined) throw notASample(number);
  const sample = { series, name, labels: parseLabels(labels, number), value: parseValue(value, number) };
  if (exemplarLabels === undefined || exemplarValue === undefined) return sample;
  const exemplar = { labels: parseLabels(exemplarLabels, number), value: parseValue(exemplarValue, number) };
  return { ...sample, exemplar: at === undefined ? exemplar : { ...exemplar, at: parseValue(at, number) } };
}

/** @param text with its braces */
function parseLabels(text: string | undefined, line: number): Record<string, string> {
  const labels: [string, string][] = [];
  LABEL.lastIndex = 1;
  while (text !== undefined && LABEL.lastIndex < text.length - 1) {
    const [, name, value] = LABEL.exec(text) ?? [];
    if (name === undefined || value === undefined) throw notASample(line);
    labels.push([name, unescape(value)]);
  }
  return Object.fromEntries(labels);
}

function unescape(value: string): string {
  return value.replaceAll(/\\([\\"n])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
}

function parseValue(text: string, line: number): number {
  const value = toNumber(text);
  if (Number.isNaN(value) && text !== 'NaN') throw notASample(line);
  return value;
}

/** A number as expositions write it (`+Inf`); NaN for what is none. */
export function toNumber(text: string): number {
  return Number(text.replace(/^([+-]?)Inf$/, '$1Infinity'));
}

function notASample(line: number): ExpositionError {
  return new ExpositionError(`Line ${line} of the exposition is not a sample.`);
}
