import { useMemo } from 'preact/hooks';
import type { RequestSummary } from '../../contract.ts';
import { isFaulty, type Filter } from './filter.ts';

interface Props {
  readonly filter: Filter;
  /** All that could be chosen from. */
  readonly rows: readonly RequestSummary[];
  readonly set: (change: Partial<Filter>) => void;
}

export function FilterBar({ filter, rows, set }: Props) {
  const routes = useMemo(() => [...new Set(rows.map(({ name }) => name))].sort(), [rows]);
  const statuses = useMemo(() => [...new Set(rows.flatMap(({ status }) => status ?? []))].sort(), [rows]);
  const isSet = Object.values(filter).some((value) => value !== '');
  return (
    <search class="filters" aria-label="Filter the requests">
      <Choice
        label="Route"
        value={filter.route}
        options={withChosen(routes, filter.route)}
        set={(route) => set({ route })}
      />
      <Choice
        label="Status"
        value={filter.status}
        options={withChosen(['2xx', '4xx', '5xx', 'error', ...statuses.map(String)], filter.status)}
        set={(status) => set({ status })}
      />
      <Field label="At least" value={filter.min} set={(min) => set({ min })} example="100ms" width={7}>
        {isFaulty(filter) ? 'a duration such as 100ms or 1.5s' : undefined}
      </Field>
      <Field label="Trace or request id" value={filter.id} set={(id) => set({ id })} example="PA-00001" width={20} />
      <button type="button" disabled={!isSet} onClick={() => set({ route: '', status: '', min: '', id: '' })}>
        Clear
      </button>
    </search>
  );
}

/** What the address asks for stays on offer, though nothing stored has it. */
function withChosen(options: readonly string[], chosen: string): readonly string[] {
  return chosen === '' || options.includes(chosen) ? options : [...options, chosen];
}

function Choice(props: { label: string; value: string; options: readonly string[]; set: (value: string) => void }) {
  return (
    <label>
      <span>{props.label}</span>
      <select value={props.value} onChange={(event) => props.set(event.currentTarget.value)}>
        <option value="">all</option>
        {props.options.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}

interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly set: (value: string) => void;
  readonly example: string;
  /** Characters. */
  readonly width: number;
  /** What is wrong with the value. */
  readonly children?: string | undefined;
}

function Field({ label, value, set, example, width, children: fault }: FieldProps) {
  const id = `filter-${label.replaceAll(' ', '-').toLowerCase()}`;
  return (
    <label>
      <span>{label}</span>
      <input
        type="search"
        size={width}
        value={value}
        placeholder={example}
        spellcheck={false}
        autocomplete="off"
        aria-invalid={fault !== undefined}
        aria-describedby={fault === undefined ? undefined : id}
        onInput={(event) => set(event.currentTarget.value)}
      />
      {fault === undefined ? null : (
        <span id={id} class="fault">
          {fault}
        </span>
      )}
    </label>
  );
}
