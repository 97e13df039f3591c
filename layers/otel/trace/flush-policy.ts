/**
 * Says when an invocation delivers its spans: after the answer where the platform waits for it, before the answer
 * elsewhere. Resolves when the answer may go. To be called once in each invocation.
 */
export type FlushPolicy = (flush: () => Promise<void>) => Promise<void>;
