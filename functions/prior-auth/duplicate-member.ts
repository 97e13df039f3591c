/** One string, or one character that opens, closes or parts. In JSON that parses nothing else needs a look. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

/**
 * Whether an object in a JSON text, at any depth, names a member twice: JSON.parse would take the last, another reader may take
 * the first (RFC 8259, section 4). Its work grows with the text, and it keeps no frame per level.
 * @param json a text that JSON.parse has taken
 */
export function hasDuplicateMember(json: string): boolean {
  /** What encloses the place: the names so far of an object, undefined for a list. */
  const open: (Set<string> | undefined)[] = [];
  let names: Set<string> | undefined;
  let isName = false;
  for (const [token] of json.matchAll(TOKEN)) {
    if (token === '{' || token === '[') {
      names = token === '{' ? new Set() : undefined;
      open.push(names);
      isName = token === '{';
    } else if (token === '}' || token === ']') {
      open.pop();
      names = open.at(-1);
      isName = false;
    } else if (token === ',') {
      isName = names !== undefined;
    } else if (isName && names !== undefined) {
      const name = token.includes('\\') ? String(JSON.parse(token)) : token.slice(1, -1);
      if (names.has(name)) return true;
      names.add(name);
      isName = false;
    }
  }
  return false;
}
