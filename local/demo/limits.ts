/** How long one answer of the system is waited for, in milliseconds. */
const ANSWER_MS = 10_000;

export const LIMITS_MS = { submit: ANSWER_MS, metrics: ANSWER_MS, traces: ANSWER_MS, stored: ANSWER_MS, line: 10_000 };

/** Of what comes after a while: how long it is asked for, and how long each answer is waited for. */
export const PATIENCE = { patienceMs: 10_000, limitMs: ANSWER_MS };
