import * as z from 'zod/mini';

/** What the log knows of a chain: the request's number and the hash of its last row. */
const Witness = z.object({ request_id: z.string(), audit_head: z.string().check(z.regex(/^[0-9a-f]{64}$/)) });

export type Heads = ReadonlyMap<string, string>;

/** The newest head of each request in the log. Lines that carry none are passed over. */
export async function readHeads(lines: AsyncIterable<string>): Promise<Heads> {
  const heads = new Map<string, string>();
  for await (const line of lines) {
    const witness = line.includes('"audit_head"') ? Witness.safeParse(parse(line)).data : undefined;
    if (witness !== undefined) heads.set(witness.request_id, witness.audit_head);
  }
  return heads;
}

/** The line itself, or the JSON in a line of an export that puts a timestamp before it. */
function parse(line: string): unknown {
  try {
    return JSON.parse(line.slice(line.indexOf('{')));
  } catch {
    return undefined;
  }
}
