import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useState } from 'preact/hooks';
import type { Sight } from './visible-rows.ts';

/** Heights of a row in root font sizes; the style sheet's `--row` says the same. */
const ROW_REM = { wide: 2.25, narrow: 5.25 };
const NARROW = '(max-width: 44rem)';

/** What of a list is in sight, followed through scrolling and resizing. */
export function useSight(list: RefObject<HTMLElement | null>): Sight {
  const [sight, setSight] = useState<Sight>(() => measure(list.current));
  useLayoutEffect(() => setSight(measure(list.current)), []);
  useEffect(() => {
    const follow = () => setSight(measure(list.current));
    addEventListener('scroll', follow, { passive: true });
    addEventListener('resize', follow);
    return () => {
      removeEventListener('scroll', follow);
      removeEventListener('resize', follow);
    };
  }, []);
  return sight;
}

function measure(list: HTMLElement | null): Sight {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return {
    scrolled: -(list?.getBoundingClientRect().top ?? 0),
    height: innerHeight,
    row: rem * (matchMedia(NARROW).matches ? ROW_REM.narrow : ROW_REM.wide),
  };
}
