/**
 * A strict reader of the two exposition formats, written from their specifications and not from our writer. It refuses
 * more than `promtool check metrics` does: falling buckets, a wrong `_count`, duplicate series, a family in two places,
 * an exemplar outside its bucket.
 */
export interface CheckedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar?: {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
    readonly at: number;
  };
}
type Format = 'text' | 'openmetrics';

interface Family {
  readonly name: string;
  help?: string;
  type?: string;
  unit?: string;
  readonly samples: CheckedSample[];
}

const SUFFIXES: Readonly<Record<string, Readonly<Record<Format, readonly string[]>>>> = {
  counter: { text: [''], openmetrics: ['_total'] },
  gauge: { text: [''], openmetrics: [''] },
  histogram: { text: ['_bucket', '_sum', '_count'], openmetrics: ['_bucket', '_sum', '_count'] },
};
const NUMBER = String.raw`[+-]?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Inf)|NaN`;
const LABELS = String.raw`\{((?:[^"{}]|"(?:[^"\\]|\\.)*")*)\}`;
const SAMPLE = new RegExp(
  `^([a-zA-Z_:][\\w:]*)(?:${LABELS})? (${NUMBER})(?: # ${LABELS} (${NUMBER}) (\\d+(?:\\.\\d+)?))?$`,
);
const METADATA = /^# (HELP|TYPE|UNIT) ([a-zA-Z_:][\w:]*) (.*)$/;
const MAX_EXEMPLAR_CHARACTERS = 128;

/** Reads an exposition. @throws Error that names the line or series and what is wrong with it. */
export function checkExposition(text: string, format: Format): CheckedSample[] {
  const families = new Map<string, Family>();
  let current: Family | undefined;
  for (const line of linesOf(text, format)) {
    if (line.startsWith('#')) current = readMetadata(line, format, families, current);
    else readSample(line, format, current);
  }
  for (const family of families.values()) checkFamily(family, format);
  const samples = [...families.values()].flatMap((family) => family.samples);
  const keys = samples.map(keyOf);
  expect(new Set(keys).size === keys.length, `duplicate series: ${keys.find((key, i) => keys.indexOf(key) !== i)}`);
  return samples;
}

/** The value of one series; undefined where there is none. */
export function valueOf(samples: readonly CheckedSample[], name: string, labels: Record<string, string> = {}) {
  return samples.find((sample) => keyOf(sample) === keyOf({ name, labels }))?.value;
}

function keyOf({ name, labels }: Pick<CheckedSample, 'name' | 'labels'>): string {
  return JSON.stringify([name, Object.entries(labels).sort()]);
}

function linesOf(text: string, format: Format): string[] {
  expect(text.endsWith('\n'), 'the last line must end with a newline');
  const lines = text.slice(0, -1).split('\n');
  expect(!text.includes('\r') && !lines.includes(''), 'no blank line and no carriage return');
  const end = lines.indexOf('# EOF');
  if (format === 'text') expect(end === -1, '# EOF belongs to OpenMetrics');
  else expect(end === lines.length - 1, 'OpenMetrics ends with # EOF and nothing follows it');
  return format === 'text' ? lines : lines.slice(0, -1);
}

function readMetadata(
  line: string,
  format: Format,
  families: Map<string, Family>,
  current: Family | undefined,
): Family {
  const [, keyword = '', name = '', rest = ''] = METADATA.exec(line) ?? fail(`neither HELP, TYPE nor UNIT: ${line}`);
  let family = current;
  if (family?.name !== name) {
    expect(!families.has(name), `family in two places: ${name}`);
    family = { name, samples: [] };
    families.set(name, family);
  }
  expect(family.samples.length === 0, `metadata after a sample: ${line}`);
  const member = keyword.toLowerCase() as 'help' | 'type' | 'unit';
  expect(family[member] === undefined, `twice: ${line}`);
  if (keyword === 'UNIT') expect(format === 'openmetrics' && name.endsWith(`_${rest}`), `misplaced unit: ${line}`);
  if (keyword === 'HELP') expect(!/\\(?![\\n"])/.test(rest.replaceAll('\\\\', '')), `bad escape: ${line}`);
  if (keyword === 'TYPE') expect(rest in SUFFIXES, `unknown type: ${line}`);
  family[member] = rest;
  return family;
}

function readSample(line: string, format: Format, family: Family | undefined): void {
  const match = SAMPLE.exec(line) ?? fail(`not a sample: ${line}`);
  const [, name = '', labels, value = '', exemplarLabels, exemplarValue = '', at = ''] = match;
  if (family?.type === undefined || family.help === undefined) return fail(`no HELP and TYPE before: ${line}`);
  const suffixes = SUFFIXES[family.type]?.[format] ?? [];
  expect(
    suffixes.some((suffix) => name === family.name + suffix),
    `not of family ${family.name}: ${line}`,
  );
  const sample = { name, labels: readLabels(labels, line), value: toNumber(value) };
  if (exemplarLabels === undefined) return void family.samples.push(sample);
  expect(format === 'openmetrics' && /_(bucket|total)$/.test(name), `no place for an exemplar: ${line}`);
  const exemplar = { labels: readLabels(exemplarLabels, line), value: toNumber(exemplarValue), at: Number(at) };
  const characters = Object.entries(exemplar.labels).flat().join('').length;
  expect(characters <= MAX_EXEMPLAR_CHARACTERS, `exemplar too long: ${line}`);
  family.samples.push({ ...sample, exemplar });
}

function readLabels(text: string | undefined, line: string): Record<string, string> {
  if (text === undefined) return {};
  const labels: Record<string, string> = {};
  const pair = /([a-zA-Z_]\w*)="((?:[^"\\]|\\[\\n"])*)"(?:,(?=.)|$)/y;
  while (pair.lastIndex < text.length) {
    const [, name = '', value = ''] = pair.exec(text) ?? fail(`bad labels: ${line}`);
    expect(!(name in labels), `label twice: ${line}`);
    labels[name] = value.replaceAll(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
  return labels;
}

function checkFamily({ name, type, samples }: Family, format: Format): void {
  expect(samples.length > 0, `no sample: ${name}`);
  if (type === 'counter') {
    expect(name.endsWith('_total') === (format === 'text'), `_total misplaced: ${name}`);
    for (const sample of samples)
      expect(sample.value >= 0 && Number.isFinite(sample.value), `not a count: ${keyOf(sample)}`);
  }
  if (type === 'histogram') checkHistograms(name, samples);
  else for (const sample of samples) expect(!('le' in sample.labels), `le on a ${type ?? ''}: ${name}`);
}

function checkHistograms(name: string, samples: readonly CheckedSample[]): void {
  let rest = samples;
  while (rest.length > 0) {
    const end = rest.findIndex((sample) => sample.name === `${name}_count`);
    expect(end !== -1, `no ${name}_count`);
    checkHistogram(name, rest.slice(0, end + 1));
    rest = rest.slice(end + 1);
  }
}

function checkHistogram(name: string, samples: readonly CheckedSample[]): void {
  const sum = samples.at(-2) ?? fail(`no sum: ${name}`);
  const count = samples.at(-1) ?? fail(`no count: ${name}`);
  const buckets = samples.slice(0, -2);
  expect(
    sum.name === `${name}_sum` && sum.value >= 0,
    `after the buckets comes a sum that is not negative: ${keyOf(count)}`,
  );
  expect(!('le' in sum.labels || 'le' in count.labels), `le outside a bucket: ${keyOf(count)}`);
  let below = { le: -Infinity, value: 0 };
  for (const { name: bucketName, labels, value, exemplar } of buckets) {
    const { le = '', ...others } = labels;
    const where = keyOf({ name: bucketName, labels });
    expect(bucketName === `${name}_bucket`, `not a bucket: ${where}`);
    expect(/^(\d+\.\d+|\d+(\.\d+)?e[+-]?\d+|\+Inf)$/.test(le), `le is not written as a float: ${where}`);
    for (const other of [sum, count]) {
      expect(keyOf({ name, labels: others }) === keyOf({ name, labels: other.labels }), `labels differ: ${where}`);
    }
    expect(toNumber(le) > below.le, `bounds do not rise: ${where}`);
    expect(Number.isInteger(value) && value >= below.value, `buckets fall: ${where}`);
    if (exemplar) {
      expect(exemplar.value > below.le && exemplar.value <= toNumber(le), `exemplar outside its bucket: ${where}`);
    }
    below = { le: toNumber(le), value };
  }
  expect(below.le === Infinity && below.value === count.value, `_count is not the +Inf bucket: ${keyOf(count)}`);
}

function toNumber(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}

function expect(condition: boolean, message: string): asserts condition {
  if (!condition) fail(message);
}

function fail(message: string): never {
  throw new Error(message);
}
