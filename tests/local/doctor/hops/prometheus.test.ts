import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { checkPrometheus, judgeRefusal } from '../../../../local/doctor/hops/prometheus.ts';
import { isScraped, judgeTargets, type Look, type Target } from '../../../../local/doctor/hops/scrape.ts';
import { freePort } from '../../../../local/machine/free-port.ts';
import { parseSettings } from '../../../../local/machine/settings.ts';
import { brokenOf, markedWith, NO_LAUNCHER, REFUSED, reply, SENT_AT, SILENT, systemWith } from '../fixtures.ts';

const GOAL = { value: 7, at: SENT_AT + 100 };
const target = (changes: Partial<Target> = {}): Target => ({
  job: 'prior-auth-api',
  scrapeUrl: 'http://127.0.0.1:8000/metrics',
  health: 'up',
  lastError: '',
  lastScrape: SENT_AT - 5000,
  ...changes,
});
/** A look one second after the sending, with twenty more to wait. */
const look = (
  targets: readonly Target[],
  samples: Look['view']['samples'] = [],
  changes: Partial<Look> = {},
): Look => ({
  view: { jobs: ['prior-auth-api'], targets, samples },
  goal: GOAL,
  sentAt: SENT_AT,
  now: SENT_AT + 1000,
  scrapedAt: undefined,
  deadline: SENT_AT + 20_000,
  ...changes,
});
const LAST = { now: SENT_AT + 20_000 };

describe('Prometheus', () => {
  it('has the request by the first scrape since the sending that reached the value', () => {
    const samples = [
      { at: SENT_AT - 15_000, value: 9 },
      { at: SENT_AT + 50, value: 6 },
      { at: SENT_AT + 3123, value: 7 },
      { at: SENT_AT + 18_123, value: 8 },
    ];
    const finding = judgeTargets(look([target()], samples), systemWith());
    assert.deepEqual(finding, {
      state: 'passed',
      observed: 'http://127.0.0.1:8000/metrics up, 7 reached',
      found: undefined,
      delay: { ms: 3123, by: 'timestamp' },
    });
  });

  it('is waited for: its first scrape, its next one, its targets after a start', () => {
    assert.equal(judgeTargets(look([target()]), systemWith()), 'wait');
    assert.equal(judgeTargets(look([target({ health: 'unknown', lastScrape: 0 })]), systemWith()), 'wait');
    assert.equal(judgeTargets(look([target({ health: 'down', lastError: 'x' })]), systemWith()), 'wait');
    assert.equal(judgeTargets(look([]), systemWith()), 'wait');
    assert.equal(judgeTargets(look([target()], [], { scrapedAt: SENT_AT + 500 }), systemWith()), 'wait');
    assert.equal(isScraped(look([target()]).view, GOAL), false);
    assert.equal(isScraped(look([target({ lastScrape: GOAL.at })]).view, GOAL), true);
    assert.equal(isScraped(look([target({ job: 'collector', lastScrape: GOAL.at })]).view, GOAL), false);
  });

  it('that does not come to scrape is overloaded, suspended or slow', () => {
    const finding = brokenOf(judgeTargets(look([target()], [], LAST), systemWith()));
    assert.match(finding.observed, /^no scrape of .* since the request; last scrape: 2026-11-22T09:59:55.000Z$/);
    const never = brokenOf(
      judgeTargets(look([target({ health: 'unknown', lastScrape: Date.parse('0001-01-01') })], [], LAST), systemWith()),
    );
    assert.match(never.observed, /last scrape: never$/);
  });

  it('without the job is another Prometheus; with it, one that never found its target', () => {
    const foreign = look([target({ job: 'node' })]);
    const finding = brokenOf(
      judgeTargets({ ...foreign, view: { ...foreign.view, jobs: ['node', 'self'] } }, systemWith()),
    );
    assert.equal(finding.observed, 'no target prior-auth-api; its jobs: node, self');
    assert.equal(
      brokenOf(judgeTargets(look([], [], LAST), systemWith())).observed,
      'no target prior-auth-api; its jobs: prior-auth-api',
    );
  });

  it('that scrapes something else is pointed elsewhere, as soon as a scrape has had time to settle', () => {
    const after = { scrapedAt: SENT_AT + 500, now: SENT_AT + 1500 };
    const url = 'http://127.0.0.1:9999/metrics';
    const finding = brokenOf(judgeTargets(look([target({ scrapeUrl: url })], [], after), systemWith()));
    assert.equal(finding.observed, `${url} is up, and the counter is not there instead of 7`);
    assert.match(finding.cause, /which is not the API at port 8000/);
    const other = brokenOf(judgeTargets(look([target()], [{ at: SENT_AT + 400, value: 2 }], after), systemWith()));
    assert.match(other.observed, /the counter stands at 2 instead of 7$/);
  });
});

describe('a target that is down', () => {
  const judge = (lastError: string, changes: Partial<Target> = {}, system = systemWith()) =>
    brokenOf(
      judgeTargets(
        look([target(), target({ health: 'down', lastError, ...changes })], [], { scrapedAt: SENT_AT }),
        system,
      ),
    );
  const refused = (host: string) => `Get "http://${host}/metrics": dial tcp ${host}: connect: connection refused`;

  it('says so in Prometheus’ own words', () => {
    const finding = judge(`${refused('127.0.0.1:8000')}\nsecond line`);
    assert.equal(finding.observed, `http://127.0.0.1:8000/metrics is down: ${refused('127.0.0.1:8000')}`);
    assert.match(finding.cause, /Nothing listens at 127.0.0.1:8000 any more: the API has ended since/);
    assert.match(judge('sample limit exceeded').cause, /its own words say why/);
  });

  it('is so although it was up when it had the request', () => {
    const samples = [{ at: SENT_AT + 500, value: 7 }];
    const ended = look([target({ health: 'down', lastError: 'x' })], samples, { scrapedAt: SENT_AT + 900 });
    assert.match(brokenOf(judgeTargets(ended, systemWith())).observed, /is down: x$/);
  });

  it('at the last moment is so without a new scrape', () => {
    const down = look([target({ health: 'down', lastError: 'x' })], [], LAST);
    assert.match(brokenOf(judgeTargets(down, systemWith())).observed, /is down: x$/);
  });

  it('is a wrong port, a wrong host, a way that is not open, an API that answers with an error', () => {
    const scrapeUrl = 'http://127.0.0.1:8001/metrics';
    const port = judge(refused('127.0.0.1:8001'), { scrapeUrl });
    assert.equal(port.cause, 'Nothing listens at 127.0.0.1:8001; the API is at port 8000.');
    assert.match(port.fix, /local\/monitoring\/prometheus\/prometheus\.yml/);
    const host = judge('dial tcp: lookup api: no such host', { scrapeUrl: 'http://api:8000/metrics' });
    assert.match(host.cause, /does not know the host api/);
    const stack = systemWith({ mode: 'stack', settings: parseSettings({ API_PORT: '8001' }) });
    const way = judge(refused('172.17.0.1:8000'), { scrapeUrl: 'http://host.docker.internal:8000/metrics' }, stack);
    assert.match(way.cause, /the way there from the container is not open/);
    assert.match(way.fix, /npm run stack opens it/);
    const status = 'server returned HTTP status 503 Service Unavailable';
    assert.match(judge(status).cause, /answers 503 to Prometheus/);
    assert.match(judge(status, { scrapeUrl }).cause, /scrapes http:\/\/127.0.0.1:8001\/metrics, which is not the API/);
    assert.match(judge(status, { scrapeUrl: 'http://host.docker.internal:8000/metrics' }, stack).cause, /answers 503/);
  });
});

describe('where Prometheus should be', () => {
  const url = 'http://localhost:9090';
  const judge = (answer: Parameters<typeof judgeRefusal>[0], system = systemWith(), isInstalled = true) =>
    judgeRefusal(answer, url, system, isInstalled);

  it('nothing listens where none is installed, and that is no fault of npm run local', () => {
    assert.deepEqual(judge(REFUSED, systemWith(), false), { state: 'absent', observed: 'no prometheus on PATH' });
    assert.equal(judge(REFUSED, systemWith({ mode: 'stack' }), false).state, 'broken');
    assert.equal(judge(SILENT, systemWith(), false).state, 'broken');
  });

  it('nothing listens: it has ended, or is at another port', () => {
    const ended = brokenOf(judge(REFUSED));
    assert.match(ended.cause, /Nothing listens at localhost:9090 \(PROMETHEUS_PORT\)/);
    assert.match(ended.fix, /\.local\/prometheus\/prometheus\.log says why/);
    assert.match(brokenOf(judge(REFUSED, systemWith({ mode: 'stack' }))).fix, /logs prometheus/);
    const processes = new Map([
      ['launcher', 1],
      ['Prometheus', 4],
    ]);
    assert.match(brokenOf(judge(REFUSED, systemWith({ processes }))).cause, /The launcher’s Prometheus is up/);
    assert.doesNotMatch(brokenOf(judge(SILENT, systemWith({ processes }))).cause, /The launcher’s Prometheus is up/);
    const left = systemWith({ ...NO_LAUNCHER, processes: new Map([['Prometheus', 4]]) });
    assert.match(brokenOf(judge(REFUSED, left)).cause, /Nothing listens/);
  });

  it('another program listens', () => {
    assert.match(brokenOf(judge(reply(404, ''))).cause, /port 9090 \(PROMETHEUS_PORT\) is not Prometheus/);
    assert.match(brokenOf(judge(reply(503, ''))).cause, /Prometheus is not ready/);
  });
});

describe('the wait for Prometheus', () => {
  /** Of what the server of a test answers at once on an idle machine. */
  const LIMITS = { answerMs: 60_000, startingMs: 60_000 };

  /**
   * Answers as Prometheus does; `answer` has each look as a number from 1, whichever of its questions comes first.
   * @returns its base URL
   */
  async function serve(
    t: TestContext,
    answer: (look: number) => { targets: object[]; values: [number, string][] } | undefined,
  ) {
    const looks = new Map<string, number>();
    const server = createServer((request, response) => {
      const [path = ''] = (request.url ?? '').split('?');
      const look = (looks.get(path) ?? 0) + 1;
      looks.set(path, look);
      const found = answer(look);
      const body = {
        data: {
          activeTargets: found?.targets,
          result: [{ values: found?.values }],
          yaml: 'scrape_configs:\n- job_name: prior-auth-api\n',
        },
      };
      response.writeHead(found === undefined ? 503 : 200).end(JSON.stringify(body));
    });
    const port = await freePort();
    await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${port}`;
  }
  const up = (lastScrape: number) => ({
    labels: { job: 'prior-auth-api', instance: 'x' },
    scrapeUrl: 'http://127.0.0.1:8000/metrics',
    health: 'up',
    lastError: '',
    lastScrape: new Date(lastScrape).toISOString(),
  });

  it('goes on while it starts and until it has scraped, and says so', async (t) => {
    const sentAt = Date.now();
    const prometheus = await serve(t, (look) => {
      if (look === 1) return undefined;
      return { targets: look === 2 ? [] : [up(sentAt + 5)], values: look < 4 ? [] : [[(sentAt + 5) / 1000, '7']] };
    });
    const said: string[] = [];
    const marked = { ...markedWith(), sentAt };
    const goal = { value: 7, at: sentAt };
    const system = systemWith({ prometheus });
    const finding = await checkPrometheus(system, marked, goal, 90_000, (text) => said.push(text), LIMITS);
    assert.equal(finding.observed, 'http://127.0.0.1:8000/metrics up, 7 reached');
    assert.equal(said.length, 3);
    assert.match(said[0]!, /^Prometheus’ next scrape, \d\d s at most$/);
  });

  it('ends when a scrape that should have it is over and settled, long before the patience', async (t) => {
    const sentAt = Date.now();
    const prometheus = await serve(t, () => ({ targets: [up(sentAt + 5)], values: [] }));
    const marked = { ...markedWith(), sentAt };
    const finding = await checkPrometheus(
      systemWith({ prometheus }),
      marked,
      { value: 7, at: sentAt },
      600_000,
      () => undefined,
      LIMITS,
    );
    assert.match(brokenOf(finding).observed, /the counter is not there instead of 7/);
  });

  it('is none where PROMETHEUS_PORT leaves it out', async () => {
    const left = systemWith({ prometheus: undefined });
    const finding = await checkPrometheus(left, markedWith(), GOAL, 0, () => undefined);
    assert.deepEqual(finding, { state: 'absent', observed: 'PROMETHEUS_PORT=0' });
  });
});
