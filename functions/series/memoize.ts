/** Enough for the few forms in which our functions write a part of a line, and no room for a flood of others. */
const MAX_RESULTS = 64;
const MAX_TEXT_LENGTH = 1024;

/**
 * Reads a value once for each JSON text that it has: most lines of a batch say the same in the same place, and to write
 * a small value as text costs a fraction of checking it. The results are shared, so they must not be changed; what is
 * thrown is not kept.
 */
export function memoizeByText<T>(read: (json: unknown) => T): (json: unknown) => T {
  const results = new Map<string, T>();
  return (json) => {
    const text = JSON.stringify(json ?? null);
    const known = results.get(text);
    if (known !== undefined) return known;
    const result = read(json);
    if (text.length > MAX_TEXT_LENGTH) return result;
    if (results.size === MAX_RESULTS) results.clear();
    results.set(text, result);
    return result;
  };
}
