import * as z from 'zod/mini';
import { nameOf } from '../aws.ts';
import { faulty, passed, type Faulty, type Finding } from '../finding.ts';

/** OpenID Connect Discovery 1.0, section 3: what API Gateway reads of it. */
const Discovery = z.object({ issuer: z.string(), jwks_uri: z.string() });
/** RFC 7517. */
const Keys = z.object({ keys: z.array(z.object({ kty: z.string(), use: z.optional(z.string()) })) });

/** Why there is nothing to read. */
class Unreadable extends Error {}

/**
 * Whether API Gateway can find an issuer's keys as it will when a token comes, and can use one: it takes RSA alone.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 * @param issuer undefined: the stack brings its own
 */
export async function checkIssuer(issuer: string | undefined, limitMs: number): Promise<Finding> {
  if (issuer === undefined) return passed('a user pool that the stack brings');
  try {
    const discovery = await read(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, Discovery, limitMs);
    const mismatch = compare(issuer, discovery);
    if (mismatch !== undefined) return mismatch;
    const { keys } = await read(discovery.jwks_uri, Keys, limitMs);
    const usable = keys.filter(({ kty, use }) => kty === 'RSA' && (use === undefined || use === 'sig'));
    if (usable.length > 0) return passed(`${issuer}, with ${usable.length} of ${keys.length} keys for RSA signatures`);
    const kinds = keys.map(({ kty }) => kty).join(', ') || 'none';
    return faulty(
      `no RSA key for signatures at ${discovery.jwks_uri} (${kinds})`,
      'API Gateway takes RSA alone: let the issuer sign with RS256.',
    );
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    return faulty(
      error.message,
      'Correct --context issuer=: the `iss` of its tokens, whose discovery document anybody can read.',
    );
  }
}

function compare(issuer: string, discovery: z.infer<typeof Discovery>): Faulty | undefined {
  if (discovery.issuer !== issuer) {
    const fix = `--context issuer=${discovery.issuer}, letter by letter: a token’s \`iss\` must be equal to it.`;
    return faulty(`${issuer} calls itself ${discovery.issuer}`, fix);
  }
  if (URL.canParse(discovery.jwks_uri) && new URL(discovery.jwks_uri).protocol === 'https:') return undefined;
  return faulty(
    `its keys are not at an https address: ${discovery.jwks_uri}`,
    'Let the issuer publish its keys (jwks_uri) by https.',
  );
}

/** @throws Unreadable */
async function read<Schema extends z.core.$ZodType>(
  url: string,
  schema: Schema,
  limitMs: number,
): Promise<z.infer<Schema>> {
  let answer: { status: number; text: string };
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(limitMs) });
    answer = { status: response.status, text: await response.text() };
  } catch (error) {
    throw new Unreadable(`${url} cannot be reached (${reason(error)})`);
  }
  if (answer.status !== 200) throw new Unreadable(`${url} answers ${answer.status}`);
  try {
    return z.parse(schema, JSON.parse(answer.text));
  } catch {
    throw new Unreadable(`${url} is not what an issuer publishes there`);
  }
}

/** Of a failed fetch the cause knows. */
function reason(error: unknown): string {
  return nameOf(error instanceof Error && error.cause !== undefined ? error.cause : error);
}
