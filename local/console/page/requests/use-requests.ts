import { useCallback, useState } from 'preact/hooks';
import { Requests } from '../../contract.ts';
import { read } from '../read.ts';
import { usePolling } from '../use-polling.ts';
import { merge, NOTHING_KNOWN, type KnownRequests } from './known-requests.ts';

const INTERVAL_MS = 1000;
/** Fills any window. */
const FIRST_ROWS = 90;

/** Kept while another view is open: who comes back finds the list as it was. */
let latest = NOTHING_KNOWN;

/**
 * The stored requests, followed as they come in; undefined until the first answer, which is a screenful: the whole list may be
 * some megabytes.
 */
export function useRequests(): { known: KnownRequests | undefined; failure: string | undefined } {
  const [known, setKnown] = useState(latest.run === '' ? undefined : latest);
  const follow = useCallback(async () => {
    if (latest.run === '') {
      setKnown(await readFirstRows());
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
  return { ...NOTHING_KNOWN, rows };
}

function drawn(): Promise<void> {
  return new Promise((done) => {
    requestAnimationFrame(() => setTimeout(done));
  });
}
