/**
 * What a free text of a submission may hold. Each rule is a law over the whole text; length is counted as Unicode
 * counts.
 */

/**
 * Shows nothing: white space, what Unicode lets a reader ignore (the fillers of Hangul too), a Braille cell without a
 * dot.
 */
const UNSEEN = String.raw`\s\p{Default_Ignorable_Code_Point}\u2800`;
/** A character that is seen; selectors after it choose its form, as in many emoji and names. */
const SEEN = String.raw`[^${UNSEEN}\ufffd]`;
const EDGES = new RegExp(`^${SEEN}(?:.*${SEEN})?\\p{Variation_Selector}*$`, 'su');

/** No control, format, surrogate, private-use or unassigned characters, and no line or paragraph separators. */
const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]*$/u;
/**
 * ZWNJ and ZWJ, which words of Persian and of Indian languages need, and emoji: between two characters that are seen.
 */
const JOINERS = new RegExp(`(?<=${SEEN}\\p{Variation_Selector}*)[\\u200c\\u200d](?=${SEEN})`, 'gu');

/** U+FFFD stands where a decoder found no character: the text was lost before it came here. */
export function isWhole(text: string): boolean {
  return !text.includes('\ufffd');
}

/** Whether a text begins and ends with a character that is seen, so it is not blank either. */
export function hasSeenEdges(text: string): boolean {
  return EDGES.test(text);
}

export function isPrintable(text: string): boolean {
  return PRINTABLE.test(text) || PRINTABLE.test(text.replace(JOINERS, ''));
}

/** The length in code points, as JSON Schema and PostgreSQL count it, is between 1 and a limit. */
export function hasLength(text: string, max: number): boolean {
  if (text.length <= max) return text.length > 0;
  return text.length <= 2 * max && Array.from(text).length <= max;
}
