import * as z from 'zod/mini';

/** What the server does not have: gone, or never there. */
export class NotFound extends Error {}

const Envelope = z.object({ data: z.unknown() });

const Failure = z.object({ errors: z.array(z.object({ msg: z.string() })) });

/**
 * The `data` of a resource of the server.
 * @throws NotFound on 404, Error with the server's own words on any other refusal, and when nothing answers
 */
export async function read<T extends z.ZodMiniType>(schema: T, path: string): Promise<z.infer<T>> {
  const response = await fetch(path).catch((cause: unknown) => {
    throw new Error('The console’s server does not answer: is npm run local still running?', { cause });
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return schema.parse(Envelope.parse(body).data);
  const message = Failure.safeParse(body).data?.errors[0]?.msg ?? `answered ${response.status}`;
  throw response.status === 404 ? new NotFound(message) : new Error(message);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
