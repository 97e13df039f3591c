import { connectTo } from '../http/connection.ts';
import { HttpFailure, reasonOf } from '../http/failure.ts';
import { writeHead } from '../http/request.ts';
import { isSuccess, type Reply } from '../http/response.ts';
import type { FlushPolicy } from '../trace/flush-policy.ts';
import type { Warn } from '../warning.ts';

/** Asks for the next event this long before the end of an invocation whose handler never came to its flush. */
const MARGIN_MS = 100;

/**
 * An internal extension of Lambda. Lambda gives the caller the answer at once, but freezes the environment, and invokes
 * it again, only when the extension has asked for its next event, too: it does so when the flush is over
 * (https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html).
 *
 * It must register before the runtime asks for its first event. Where it cannot, or where there is no such API, the
 * flush comes before the answer, and that is said once.
 * @param api `host:port`
 */
export function createExtension(api: string | undefined, warn: Warn): FlushPolicy {
  let isRegistered = false;
  let last = Promise.withResolvers<unknown>();

  async function run(): Promise<void> {
    const call = createCaller(api);
    const { header } = await call('POST', 'register', { 'lambda-extension-name': 'otel' }, '{"events":["INVOKE"]}');
    const identity = { 'lambda-extension-identifier': header('lambda-extension-identifier') ?? '' };
    const next = () => call('GET', 'event/next', identity);
    isRegistered = true;
    for (;;) {
      const { body } = await next().catch(next);
      const deadline = /"deadlineMs":\s*(\d+)/.exec(body)?.[1];
      setTimeout(last.resolve, Number(deadline) - Date.now() - MARGIN_MS).unref();
      await last.promise;
      last = Promise.withResolvers();
    }
  }

  void run().catch((error: unknown) => {
    isRegistered = false;
    warn('No Extensions API: traces are delivered before each answer', { reason: reasonOf(error) });
  });

  return async (flush) => {
    if (!isRegistered) return flush();
    // The runtime sends the answer in this turn of the event loop.
    setImmediate(() => void flush().then(last.resolve));
  };
}

/** @throws Error where there is no address */
function createCaller(api = '') {
  const open = connectTo(new URL(`http://${api}`));
  let connection = open();

  /** Without a limit of time: it may be frozen for hours, and a process may end meanwhile. */
  return async (method: string, operation: string, headers: Record<string, string>, body = ''): Promise<Reply> => {
    if (!connection.isOpen()) connection = open();
    const length = body === '' ? {} : { 'content-length': String(body.length) };
    const head = writeHead(method, `/2020-01-01/extension/${operation}`, { host: api, ...headers, ...length });
    const reply = await connection.exchange(head + body);
    if (!isSuccess(reply)) throw new HttpFailure(`HTTP ${reply.status}`);
    return reply;
  };
}
