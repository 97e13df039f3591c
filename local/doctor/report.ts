import { paint } from '../machine/terminal.ts';
import { formatDuration } from '../embedded/traces/duration.ts';
import type { Course } from './examine.ts';
import type { Delay, Hop } from './hop.ts';
import type { System } from './system.ts';

const NAME_WIDTH = 21;
/** What a wide terminal shows without breaking it. */
const TEXT_WIDTH = 110;
const MARKS = { passed: '✓', broken: '✗', absent: '–', 'not reached': '–' } as const;
const COLOURS = { passed: 'green', broken: 'red', absent: 'dim', 'not reached': 'dim' } as const;

/** A line for the hop, and for a broken one two more with cause and fix. */
export function renderHop({ name, state, observed, delay, diagnosis }: Hop): string {
  const what = state === 'absent' ? `not part of this mode: ${observed}` : observed;
  const when = delay === undefined ? '' : `  ${paint('cyan', renderDelay(delay))}`;
  const line = `${paint(COLOURS[state], `${MARKS[state]} ${name.padEnd(NAME_WIDTH)}`)} ${what}${when}`;
  if (diagnosis === undefined) return line;
  return [line, ...wrap('    cause  ', diagnosis.cause), ...wrap('    fix    ', diagnosis.fix)].join('\n');
}

/** Whole words in lines of one width, the first behind `lead` and the others below its text. */
function wrap(lead: string, text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1) ?? ''} ${word}`.trimStart();
    if (line.length + lead.length <= TEXT_WIDTH || line === word) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines.map((line, index) => (index === 0 ? lead : ' '.repeat(lead.length)) + line);
}

/** `+12ms`, by a part's own clock, or `seen after 40ms`. */
export function renderDelay({ ms, by }: Delay): string {
  const size = formatDuration(Math.abs(ms) * 1000);
  return by === 'poll' ? `seen after ${size}` : `${ms < 0 ? '−' : '+'}${size}`;
}

export function renderHeading({ mode, api }: System): string {
  return `Following one marked request through ${mode === 'stack' ? 'npm run stack' : 'npm run local'} (API ${api}).`;
}

export function firstBroken(hops: readonly Hop[]): string | undefined {
  return hops.find(({ state }) => state === 'broken')?.name;
}

export function renderSummary(hops: readonly Hop[]): string {
  const broken = hops.filter(({ state }) => state === 'broken').map(({ name }) => name);
  if (broken.length === 0) return paint('green', 'Every hop of this mode passed it on.');
  const others = broken.length === 1 ? '' : ` Also broken: ${broken.slice(1).join(', ')}.`;
  return paint('red', `First broken hop: ${broken[0] ?? ''}.${others}`);
}

/** What `--json` prints. Delays in milliseconds after the sending. */
export function toDocument({ hops, marked }: Course, system: System | undefined): string {
  const document = {
    healthy: firstBroken(hops) === undefined,
    first_broken: firstBroken(hops) ?? null,
    mode: system?.mode ?? null,
    trace_id: marked?.traceId ?? null,
    request_id: marked?.requestId ?? null,
    sent_at: marked === undefined ? null : new Date(marked.sentAt).toISOString(),
    hops: hops.map(({ name, state, observed, delay, diagnosis }) => ({
      name,
      state,
      observed,
      delay_ms: delay === undefined ? null : Math.round(delay.ms * 1000) / 1000,
      delay_by: delay?.by ?? null,
      cause: diagnosis?.cause ?? null,
      fix: diagnosis?.fix ?? null,
    })),
  };
  return JSON.stringify(document, null, 2);
}
