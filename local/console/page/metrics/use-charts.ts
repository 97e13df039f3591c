import { useCallback, useState } from 'preact/hooks';
import { Charts } from '../../contract.ts';
import { read } from '../read.ts';
import { usePolling } from '../use-polling.ts';

/** The launcher scrapes as often. */
const INTERVAL_MS = 5000;

export function useCharts(): { charts: Charts | undefined; failure: string | undefined } {
  const [charts, setCharts] = useState<Charts>();
  const follow = useCallback(async () => setCharts(await read(Charts, '/api/charts')), []);
  return { charts, failure: usePolling(follow, INTERVAL_MS) };
}
