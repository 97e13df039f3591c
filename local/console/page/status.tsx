/** An HTTP status; the word beside it says what the colour says. */
export function Status({ status, error }: { status: number | null; error: boolean }) {
  const outcome = outcomeOf(status, error);
  return (
    <span class={`status ${outcome}`}>
      {status ?? '–'}
      {outcome === 'good' ? null : <span class="visually-hidden"> {outcome === 'bad' ? 'failed' : 'refused'}</span>}
    </span>
  );
}

export function outcomeOf(status: number | null, error: boolean): 'good' | 'warn' | 'bad' {
  if (error || (status ?? 0) >= 500) return 'bad';
  return (status ?? 0) >= 400 ? 'warn' : 'good';
}
