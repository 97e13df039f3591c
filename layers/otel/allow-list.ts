import { isSpanContextValid, type Attributes, type SpanContext } from '@opentelemetry/api';
import type { ReadableSpan, TimedEvent } from '@opentelemetry/sdk-trace';
import { isAllowed } from './attribute-rules.ts';

/** These and the scopes below the collector has in a list of its own (local/collector/collector.yaml); a test holds them equal. */
export const SPAN_NAMES = new Set([
  'POST /prior-auth/submit',
  'GET /prior-auth/{request_id}',
  'GET /health',
  'GET /metrics',
  'submit_prior_auth',
  'generate_request_id',
  'vip_member_slow_query',
  'validate_npi',
  'database_insert',
  'read_prior_auth',
]);
export const SCOPES = new Set(['prior-auth', 'prior-auth-api']);
const REDACTED = 'redacted';

/**
 * What of a span may leave the process. Names that are not listed become `redacted`, status messages, `tracestate` and
 * events other than `exception` go, attributes have their own list. What is removed is counted as dropped.
 */
export function redact(span: ReadableSpan): ReadableSpan {
  const context = toIds(span.spanContext());
  const attributes = keepAllowed(span.attributes);
  const events = span.events.filter((event) => event.name === 'exception').map(redactEvent);
  const links = span.links.filter((link) => isSpanContextValid(link.context));
  return {
    name: SPAN_NAMES.has(span.name) ? span.name : REDACTED,
    kind: span.kind,
    spanContext: () => context,
    ...(span.parentSpanContext && { parentSpanContext: toIds(span.parentSpanContext) }),
    startTime: span.startTime,
    endTime: span.endTime,
    duration: span.duration,
    ended: span.ended,
    status: { code: span.status.code },
    attributes,
    events,
    links: links.map((link) => ({ context: toIds(link.context) })),
    resource: span.resource,
    instrumentationScope: {
      name: SCOPES.has(span.instrumentationScope.name) ? span.instrumentationScope.name : REDACTED,
    },
    droppedAttributesCount: span.droppedAttributesCount + countRemoved(span.attributes, attributes),
    droppedEventsCount: span.droppedEventsCount + span.events.length - events.length,
    droppedLinksCount: span.droppedLinksCount + span.links.length - links.length,
  };
}

function redactEvent({ name, time, attributes = {} }: TimedEvent): TimedEvent {
  const kept = keepAllowed(attributes);
  return { name, time, attributes: kept, droppedAttributesCount: countRemoved(attributes, kept) };
}

function keepAllowed(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([key, value]) => isAllowed(key, value)));
}

function countRemoved(before: Attributes, after: Attributes): number {
  return Object.keys(before).length - Object.keys(after).length;
}

/** Without `tracestate`: it is free text, and may come from a caller. */
function toIds({ traceId, spanId, traceFlags, isRemote = false }: SpanContext): SpanContext {
  return { traceId, spanId, traceFlags, isRemote };
}
