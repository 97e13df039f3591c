/** The time of day to the millisecond, in the reader's own time zone. @param microseconds since the epoch */
export function formatTime(microseconds: number): string {
  const date = new Date(microseconds / 1000);
  const [hours, minutes, seconds] = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) =>
    String(part).padStart(2, '0'),
  );
  return `${hours}:${minutes}:${seconds}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Day and time, in the reader's own time zone. */
export function formatDate(microseconds: number): string {
  const date = new Date(microseconds / 1000);
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
  return `${day}, ${formatTime(microseconds)}`;
}
