/** The number by which a caller knows a request: `PA-` and its id, padded to five digits. */

/** Digits that an id is padded to. */
export const ID_DIGITS = 5;

/**
 * The one grammar, for whoever reads such numbers: JavaScript, PostgreSQL and RE2 (Go) all understand it. Fifteen
 * digits at most, which a JavaScript number holds exactly. The group is the id.
 */
export const REQUEST_ID_PATTERN = `PA-([0-9]{${ID_DIGITS}}|[1-9][0-9]{${ID_DIGITS},14})`;

const REQUEST_ID = new RegExp(`^${REQUEST_ID_PATTERN}$`);

/** 1 is PA-00001, 100000 is PA-100000. */
export function toRequestId(id: number): string {
  return `PA-${String(id).padStart(ID_DIGITS, '0')}`;
}

/** The id in a PA number, or undefined for anything that is not written the one right way. */
export function fromRequestId(text: string): number | undefined {
  const id = Number(REQUEST_ID.exec(text)?.[1]);
  return id > 0 ? id : undefined;
}

export function isRequestId(text: string): boolean {
  return fromRequestId(text) !== undefined;
}
