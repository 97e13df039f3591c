/** An issuer of tokens. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAuthority } from '../../fixtures/authority.ts';

export interface FakeIssuer {
  /** Without a slash at its end. */
  readonly url: string;
  /** Of its authority, for NODE_EXTRA_CA_CERTS. */
  readonly caFile: string;
  /** What is at a path: as it is when it is text, else as JSON; nothing is a 404. */
  documents: Readonly<Record<string, unknown>>;
  /** What a good one publishes, by path. */
  good(): Record<string, unknown>;
  close(): void;
}

export const DISCOVERY = '/.well-known/openid-configuration';
export const KEYS = '/keys';

export async function startIssuer(scheme: 'https' | 'http' = 'https'): Promise<FakeIssuer> {
  const authority = makeAuthority();
  const folder = mkdtempSync(join(tmpdir(), 'prior-auth-issuer-'));
  const caFile = join(folder, 'authority.pem');
  writeFileSync(caFile, authority.cert);
  const answer: RequestListener = (request, response) => {
    const document = issuer.documents[request.url ?? ''];
    if (document === undefined) response.writeHead(404).end();
    else response.end(typeof document === 'string' ? document : JSON.stringify(document));
  };
  const server = scheme === 'http' ? createHttp(answer) : createHttps(authority.issue(['127.0.0.1']), answer);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer: FakeIssuer = {
    url,
    caFile,
    documents: {},
    good: () => ({
      [DISCOVERY]: { issuer: url, jwks_uri: `${url}${KEYS}` },
      [KEYS]: {
        keys: [{ kty: 'EC', use: 'sig' }, { kty: 'RSA', use: 'enc' }, { kty: 'RSA', use: 'sig' }, { kty: 'RSA' }],
      },
    }),
    close: () => {
      server.closeAllConnections();
      server.close();
      rmSync(folder, { recursive: true });
    },
  };
  return issuer;
}
