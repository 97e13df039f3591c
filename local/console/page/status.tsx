/** An HTTP status; the word beside it says what the colour says. */
export function Status({ status, error }: { status: number | null; error: boolean }) {
  const outcome = outcomeOf(status, error);
  return (
    <span class={`status ${outcome}`}>
      {status ?? '–'}
      {outcome === 'bad' ? ' ✗' : null}
      {outcome === 'bad' ? <span class="visually-hidden"> failed</span> : null}
      {outcome === 'warn' ? <span class="visually-hidden"> refused</span> : null}
    </span>
  );
}

function outcomeOf(status: number | null, error: boolean): 'good' | 'warn' | 'bad' | 'unknown' {
  if (error || (status ?? 0) >= 500) return 'bad';
  if (status === null) return 'unknown';
  return status >= 400 ? 'warn' : 'good';
}
