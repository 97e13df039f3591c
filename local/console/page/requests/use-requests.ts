import { useCallback, useRef, useState } from 'preact/hooks';
import { Requests } from '../../contract.ts';
import { read } from '../read.ts';
import { usePolling } from '../use-polling.ts';
import { merge, NOTHING_KNOWN, type KnownRequests } from './known-requests.ts';

const INTERVAL_MS = 1000;

/** The stored requests, followed as they come in; undefined until the first answer. */
export function useRequests(): { known: KnownRequests | undefined; failure: string | undefined } {
  const latest = useRef(NOTHING_KNOWN);
  const [known, setKnown] = useState<KnownRequests>();
  const follow = useCallback(async () => {
    const answer = await read(Requests, `/api/requests?since=${latest.current.cursor}`);
    const hasBegunAnew = answer.run !== latest.current.run && latest.current.cursor > 0;
    latest.current = merge(latest.current, hasBegunAnew ? await read(Requests, '/api/requests?since=0') : answer);
    setKnown(latest.current);
  }, []);
  return { known, failure: usePolling(follow, INTERVAL_MS) };
}
