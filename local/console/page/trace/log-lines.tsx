import { Breakable } from '../breakable.tsx';
import type { LogLine } from './use-explanation.ts';

/** What the functions wrote of this trace: the members of each wide event, and the line as it is. */
export function LogLines({ lines }: { lines: readonly LogLine[] }) {
  return (
    <section aria-label="Log">
      <h2>What was logged</h2>
      {lines.length === 0 ? <p>No log line has this trace id.</p> : null}
      {lines.map((line, index) => (
        <Line key={index} line={line} />
      ))}
    </section>
  );
}

function Line({ line }: { line: LogLine }) {
  const { _aws: metadata, ...members } = line;
  return (
    <div class="line">
      <dl class="tags">
        {Object.entries(members).map(([key, value]) => (
          <div key={key}>
            <dt>
              <Breakable name={key} />
            </dt>
            <dd>{typeof value === 'string' ? value : toSpacedJson(value)}</dd>
          </div>
        ))}
      </dl>
      <details>
        <summary>The line as JSON</summary>
        <pre tabIndex={0}>{JSON.stringify({ _aws: metadata, ...members }, undefined, 2)}</pre>
      </details>
    </div>
  );
}

/** On one line, with spaces at which it can be broken. */
function toSpacedJson(value: unknown): string {
  return JSON.stringify(value, undefined, 1).replaceAll(/\n\s*/g, ' ');
}
