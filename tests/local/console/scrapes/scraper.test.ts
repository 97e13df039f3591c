import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, it, type TestContext } from 'vitest';
import type { Scrape } from '../../../../local/console/scrapes/history.ts';
import { startScraper } from '../../../../local/console/scrapes/scraper.ts';
import { freePort } from '../../../../local/machine/free-port.ts';
import { listen } from '../../../../local/embedded/traces/listen.ts';
import { exposition, submitted, times } from './fixtures.ts';

const TIMEOUT_MS = 60_000;
/** No second scrape comes while a test runs. */
const ONCE = { intervalSeconds: 3600, timeoutSeconds: 60 };
const AT_ONCE = { intervalSeconds: 0.001, timeoutSeconds: 60 };

type Answer = (response: ServerResponse, request: IncomingMessage, count: number) => void;

/** Something that answers at `/metrics`, its scraper, and what that notes, one by one. */
async function scraping(t: TestContext, answer: Answer, options: Parameters<typeof startScraper>[2]) {
  let count = 0;
  const server = await listen(
    (request, response) => {
      count += 1;
      answer(response, request, count);
    },
    { host: '127.0.0.1', port: 0, part: 'test', setting: 'none' },
  );
  const noted: Scrape[] = [];
  const arrivals = new EventTarget();
  const history = {
    add(scrape: Scrape) {
      noted.push(scrape);
      arrivals.dispatchEvent(new Event('scrape'));
    },
  };
  const scraper = startScraper(`http://127.0.0.1:${server.port}`, history, options);
  t.onTestFinished(async () => {
    await scraper.stop();
    await server.close();
  });
  const next = async (): Promise<Scrape> => {
    while (noted.length === 0) await once(arrivals, 'scrape');
    return noted.shift()!;
  };
  return { stop: () => scraper.stop(), next, noted };
}

const healthy: Answer = (response) => void response.end(exposition(submitted(0.04)));

describe('the scraper', { timeout: TIMEOUT_MS }, () => {
  it('reads /metrics at once, and asks for exemplars', async (t) => {
    const asked: (string | undefined)[] = [];
    const before = Date.now() / 1000;
    const { next } = await scraping(
      t,
      (response, request, count) => {
        asked.push(request.method, request.url, request.headers.accept);
        healthy(response, request, count);
      },
      ONCE,
    );
    const { time, samples, failure } = await next();
    assert.deepEqual(asked, ['GET', '/metrics', 'application/openmetrics-text;version=1.0.0']);
    assert.ok(time >= before && time <= Date.now() / 1000);
    assert.equal(failure, null);
    const success = samples.find(({ series }) => series === 'prior_auth_requests_total{status="success"}');
    assert.equal(success?.value, 1);
  });

  it('goes on, one reading after the other, however slow the answers are', async (t) => {
    let open = 0;
    const opened: number[] = [];
    const { next } = await scraping(
      t,
      (response) => {
        open += 1;
        opened.push(open);
        setTimeout(() => {
          open -= 1;
          response.end('a 1\n');
        }, 5);
      },
      AT_ONCE,
    );
    const noted = [await next(), await next(), await next(), await next()];
    assert.ok(opened.every((each) => each === 1));
    assert.ok(noted.every(({ time }, index) => time > (noted[index - 1]?.time ?? 0)));
  });

  it('notes a failure in fixed words, and what works again', async (t) => {
    const answers: Answer[] = [
      (response) => void response.writeHead(503).end('{"title":"PHI"}'),
      (response) => void response.end('<!doctype html>PHI'),
      (response) => void response.destroy(),
      (response) => void response.writeHead(200, { 'content-length': 100 }).write('a 1\n', () => response.destroy()),
      healthy,
    ];
    const { next } = await scraping(
      t,
      (response, request, count) => answers[count - 1]?.(response, request, count),
      AT_ONCE,
    );
    const words = ['/metrics answered 503', '/metrics answered something else than metrics', 'nothing answers'];
    for (const failure of [...words, 'nothing answers']) {
      const noted = await next();
      assert.deepEqual([noted.failure, noted.samples], [failure, []]);
    }
    assert.equal((await next()).failure, null);
  });

  it('gives up an answer that does not come, or does not end', async (t) => {
    const { next } = await scraping(
      t,
      (response, _request, count) => {
        if (count === 2) response.write('a 1\n');
      },
      { ...AT_ONCE, timeoutSeconds: 0.05 },
    );
    const failures = [(await next()).failure, (await next()).failure];
    assert.deepEqual(failures, times(2, ['/metrics did not answer within 0.05 s']));
  });

  it('stops at once, between two scrapes and within one, which is then not noted', async (t) => {
    const between = await scraping(t, healthy, ONCE);
    await between.next();
    await between.stop();

    const { promise: asked, resolve: onAsked } = Promise.withResolvers<IncomingMessage>();
    const within = await scraping(t, (_response, request) => onAsked(request), { ...ONCE, timeoutSeconds: 3600 });
    const { socket } = await asked;
    const closed = once(socket, 'close');
    await within.stop();
    await closed;
    assert.deepEqual(within.noted, []);
  });

  it('neither keeps the process alive nor says anything, where nothing listens', async () => {
    const port = await freePort();
    const module = JSON.stringify(new URL('../../../../local/console/scrapes/scraper.ts', import.meta.url).href);
    const program = `import(${module}).then(({ startScraper }) => {
      startScraper('http://127.0.0.1:${port}', { add: ({ failure }) => console.log(failure) });
    });`;
    const child = spawn(process.execPath, ['-e', program], { stdio: 'pipe' });
    const [code, ...said] = await Promise.all([once(child, 'exit'), child.stdout.toArray(), child.stderr.toArray()]);
    assert.deepEqual(
      [code, said.map((chunks) => Buffer.concat(chunks).toString())],
      [
        [0, null],
        ['nothing answers\n', ''],
      ],
    );
  });
});
