import { useEffect } from 'preact/hooks';
import { Link, usePlace } from './location.tsx';
import { MetricsView } from './metrics/metrics-view.tsx';
import { RequestsView } from './requests/requests-view.tsx';
import { TraceView } from './trace/trace-view.tsx';

const TRACE = /^\/trace\/([0-9a-f]{1,32})$/i;

export function App() {
  const { path } = usePlace();
  const traceID = TRACE.exec(path)?.[1]?.toLowerCase().padStart(32, '0');
  const isMetrics = path === '/monitor';
  useTitle(titleOf(traceID, isMetrics));
  return (
    <>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <Link href="/" class="brand">
          Prior authorization
        </Link>
        <nav aria-label="Views">
          <Link href="/" current={path === '/'}>
            Requests
          </Link>
          <Link href="/monitor" current={isMetrics}>
            Metrics
          </Link>
        </nav>
      </header>
      <main id="main" tabIndex={-1}>
        {traceID !== undefined ? (
          <TraceView key={traceID} traceID={traceID} />
        ) : isMetrics ? (
          <MetricsView />
        ) : (
          <RequestsView />
        )}
      </main>
    </>
  );
}

function titleOf(traceID: string | undefined, isMetrics: boolean): string {
  if (traceID !== undefined) return `Trace ${traceID.slice(0, 7)}`;
  return isMetrics ? 'Metrics' : 'Requests';
}

function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Prior authorization console`;
  }, [title]);
}
