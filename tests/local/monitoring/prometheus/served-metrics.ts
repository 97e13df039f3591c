/**
 * What Prometheus finds at the service: `/metrics` as the functions write it, open here, and in the sandbox for a
 * token.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { CONTENT_TYPES, render } from '../../../../functions/series/exposition.ts';
import { negotiate } from '../../../../functions/series/negotiation.ts';
import type { Series } from '../../../../functions/series/series.ts';
import type { Sandbox } from '../../../../local/monitoring/prometheus/sandbox.ts';
import { listen } from '../alertmanager/listen.ts';

const TOKEN = 'xanadu';
const CREDENTIALS = { id: 'scraper', secret: 'rosebud' };

/** What `/metrics` adds to the stored series at each scrape. */
const SCRAPED: readonly Series[] = [
  { metric: 'prior_auth_build_info', labels: { version: '1', node: '24' }, value: 1n },
  { metric: 'prior_auth_uncounted_requests', labels: {}, value: 0n },
];

export interface ServedMetrics {
  /** host:port of `/metrics`. */
  readonly target: string;
  readonly sandbox: Sandbox;
  /** What is counted from now on, here and not in the sandbox. */
  count(series: readonly Series[]): void;
}

export async function serveMetrics(test: TestContext): Promise<ServedMetrics> {
  let counted: readonly Series[] = [];
  const answers: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
    '/metrics': (request, response) => show(counted, request, response),
    '/sandbox/metrics': (request, response) => {
      if (request.headers.authorization === `Bearer ${TOKEN}`) show([], request, response);
      else response.writeHead(401).end();
    },
    '/token': grant,
  };
  const server = createServer((request, response) => {
    (answers[request.url ?? ''] ?? (() => response.writeHead(404).end()))(request, response);
  });
  const port = await listen(server, test);
  const url = (path: string) => new URL(path, `http://127.0.0.1:${port}`);
  const { id: clientId, secret: clientSecret } = CREDENTIALS;
  const sandbox = { metricsUrl: url('/sandbox/metrics'), tokenUrl: url('/token'), clientId, clientSecret };
  return { target: `127.0.0.1:${port}`, sandbox, count: (series) => (counted = series) };
}

function show(series: readonly Series[], request: IncomingMessage, response: ServerResponse): void {
  const format = negotiate(request.headers.accept);
  response.writeHead(200, { 'content-type': CONTENT_TYPES[format] }).end(render([...series, ...SCRAPED], format));
}

/** The client-credentials grant of RFC 6749. */
function grant(request: IncomingMessage, response: ServerResponse): void {
  const basic = Buffer.from(`${CREDENTIALS.id}:${CREDENTIALS.secret}`).toString('base64');
  if (request.method !== 'POST' || request.headers.authorization !== `Basic ${basic}`) {
    response.writeHead(401).end();
    return;
  }
  const token = { access_token: TOKEN, token_type: 'bearer', expires_in: 3600 };
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(token));
}
