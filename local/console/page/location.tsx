/** Where the reader is: the address bar is the page's state, so that every view can be linked to. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import * as z from 'zod/mini';

export interface Place {
  readonly path: string;
  readonly query: URLSearchParams;
}

const MOVED = 'console:moved';

/** The current path and query; a component that calls it follows every move. */
export function usePlace(): Place {
  const [url, setUrl] = useState(location.pathname + location.search);
  // Before anything can be clicked: an effect waits for a frame, and whoever moves meanwhile would move nothing.
  useLayoutEffect(() => {
    const follow = () => setUrl(location.pathname + location.search);
    for (const event of [MOVED, 'popstate']) addEventListener(event, follow);
    return () => {
      for (const event of [MOVED, 'popstate']) removeEventListener(event, follow);
    };
  }, []);
  const [path = '/', query] = url.split('?');
  return { path, query: new URLSearchParams(query) };
}

/** Goes to another view, with a way back to this one as it is scrolled now. */
export function go(url: string): void {
  history.replaceState({ scrolled: scrollY }, '');
  history.pushState(null, '', url);
  dispatchEvent(new Event(MOVED));
}

/** Notes a change of the view that is not worth a step back: a filter, a selection. */
export function note(url: string): void {
  history.replaceState(history.state, '', url);
  dispatchEvent(new Event(MOVED));
}

const State = z.object({ scrolled: z.number() });

/** How far the view was scrolled when it was left, in pixels; 0 for a view that is new. */
export function scrolledBefore(): number {
  return State.safeParse(history.state).data?.scrolled ?? 0;
}

/** A link inside the page. A click with a modifier, which asks for a new tab, is left to the browser. */
export function Link(props: {
  href: string;
  children: ComponentChildren;
  class?: string | undefined;
  title?: string | undefined;
  current?: boolean;
  tabIndex?: number;
}) {
  const { href, children, current = false, title } = props;
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(href);
  };
  return (
    <a
      href={href}
      class={props.class}
      title={title}
      tabIndex={props.tabIndex}
      aria-current={current ? 'page' : undefined}
      onClick={follow}
    >
      {children}
    </a>
  );
}
