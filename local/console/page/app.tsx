import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { Link, scrolledBefore, usePlace } from './location.tsx';
import { MetricsView } from './metrics/metrics-view.tsx';
import { RequestsView } from './requests/requests-view.tsx';
import { TraceView } from './trace/trace-view.tsx';

const TRACE = /^\/trace\/([0-9a-f]{1,32})$/i;

/** The views by their addresses, which are those of Jaeger's page. */
function viewOf(path: string) {
  const traceID = TRACE.exec(path)?.[1]?.toLowerCase().padStart(32, '0');
  if (traceID !== undefined)
    return { title: `Trace ${traceID.slice(0, 7)}`, view: <TraceView key={traceID} traceID={traceID} /> };
  if (path === '/monitor') return { title: 'Metrics', view: <MetricsView /> };
  if (path === '/' || path === '/search') return { title: 'Requests', view: <RequestsView /> };
  return {
    title: 'Nothing here',
    view: <h1>Nothing is at this address: a trace id has up to 32 hexadecimal digits.</h1>,
  };
}

export function App() {
  const { path } = usePlace();
  const { title, view } = viewOf(path);
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    document.title = `${title} · Prior authorization console`;
  }, [title]);
  useArrival(path, main.current);
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
          <Link href="/" current={title === 'Requests'}>
            Requests
          </Link>
          <Link href="/monitor" current={title === 'Metrics'}>
            Metrics
          </Link>
        </nav>
      </header>
      <main ref={main} id="main" tabIndex={-1}>
        {view}
      </main>
    </>
  );
}

/** In another view the reader starts at its beginning, with the keyboard too; back in an old one, where it was left. */
function useArrival(path: string, main: HTMLElement | null): void {
  const last = useRef(path);
  useLayoutEffect(() => {
    if (last.current === path) return;
    last.current = path;
    main?.focus({ preventScroll: true });
    scrollTo(0, scrolledBefore());
  }, [path]);
}
