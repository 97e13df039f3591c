import type { RecordedSpan } from './span.ts';

/** Where the spans that are kept go. */
export interface Exporter {
  /** Resolves when the spans are delivered (true) or given up; never rejects. */
  export(spans: readonly RecordedSpan[]): Promise<boolean>;
}
