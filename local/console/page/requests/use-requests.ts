import { useCallback, useState } from 'preact/hooks';
import { Requests } from '../../contract.ts';
import { read } from '../read.ts';
import { usePolling } from '../use-polling.ts';
import { merge, NOTHING_KNOWN, type KnownRequests } from './known-requests.ts';

const INTERVAL_MS = 1000;
/** Fills any window. */
const FIRST_ROWS = 90;

/** How long the page is drawn without its rows at most. */
const PATIENCE_MS = 100;

/** Kept while another view is open: who comes back finds the list as it was. */
let latest = NOTHING_KNOWN;
/** The first screenful, from its answer until the whole list is here. */
let firstRows: KnownRequests | undefined;

/**
 * Asks for the first rows before anything is drawn, and waits for them a moment: drawn together with the page they
 * stand some 40 ms earlier than in a second drawing. What fails here is asked again, and told, by the view.
 */
export async function expectRequests(): Promise<void> {
  const patience = new Promise((done) => setTimeout(done, PATIENCE_MS));
  await Promise.race([readFirstRows().catch(() => undefined), patience]);
}

/**
 * The stored requests, followed as they come in; undefined until the first answer, which is a screenful: the whole list
 * may be some megabytes.
 */
export function useRequests(): { known: KnownRequests | undefined; failure: string | undefined } {
  const [known, setKnown] = useState(latest.run === '' ? firstRows : latest);
  const follow = useCallback(async () => {
    if (latest.run === '') {
      setKnown(firstRows ?? (await readFirstRows()));
      await drawn();
    }
    const answer = await read(Requests, `/api/requests?since=${latest.cursor}`);
    const hasBegunAnew = answer.run !== latest.run && latest.cursor > 0;
    latest = merge(latest, hasBegunAnew ? await read(Requests, '/api/requests?since=0') : answer);
    setKnown(latest);
  }, []);
  return { known, failure: usePolling(follow, INTERVAL_MS) };
}

async function readFirstRows(): Promise<KnownRequests> {
  const { rows } = merge(NOTHING_KNOWN, await read(Requests, `/api/requests?since=0&latest=${FIRST_ROWS}`));
  firstRows = { ...NOTHING_KNOWN, rows };
  return firstRows;
}

function drawn(): Promise<void> {
  return new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done));
  });
}
