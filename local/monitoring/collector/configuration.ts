/** The configuration of the collector of `npm run stack`; its allow-list is made from the contract. */
import { allowedStatements } from './allow-list.ts';

/** By path from the top of the repository. */
export function collectorFiles(): Record<string, string> {
  return { 'local/monitoring/collector/collector.yaml': COLLECTOR };
}

function listStatements(): string {
  return allowedStatements()
    .map(({ context, statements }) => {
      const lines = statements.map((statement) => `          - '${statement}'`);
      return [`      - context: ${context}`, '        statements:', ...lines].join('\n');
    })
    .join('\n');
}

const COLLECTOR = `# Generated: change local/monitoring/collector/configuration.ts, then "npm run generate".
# OTLP in from the functions' layer, to Jaeger and, as span metrics, to Prometheus. Nothing is sampled here: the layer has decided.
#
# The second line of defence for what may leave a request. The layer lets out what is on its list; whatever else reaches this
# collector is removed here, by the same list (functions/contract/spans.ts, attributes.ts). What cannot be judged is dropped as a
# whole (error_mode: propagate). Patterns are anchored and read a value as text or as JSON.

extensions:
  health_check: { endpoint: 0.0.0.0:13133 }

receivers:
  otlp:
    protocols:
      http: { endpoint: 0.0.0.0:4318 }

processors:
  # First, so that a flood is refused before it is worked on; the container has 256 MiB.
  memory_limiter: { check_interval: 1s, limit_mib: 192, spike_limit_mib: 48 }

  filter/allow-list:
    error_mode: propagate
    trace_conditions:
      # A link may carry attributes that no processor can reach. Nothing in this service makes links.
      - Len(span.links) > 0
      - spanevent.name != "exception"

  transform/allow-list:
    error_mode: propagate
    trace_statements:
${listStatements()}

  batch: { timeout: 200ms }

connectors:
  # traces_span_metrics_calls_total and traces_span_metrics_duration_seconds, each with the newest traces as exemplars.
  span_metrics:
    namespace: traces.span.metrics
    histogram:
      unit: s
      explicit:
        # The bounds of prior_auth_request_duration_seconds, and finer ones below for the steps within a request.
        buckets: [500us, 1ms, 2500us, 5ms, 10ms, 25ms, 50ms, 75ms, 100ms, 250ms, 500ms, 1s, 2s, 2500ms, 5s, 10s]
    dimensions: [{ name: http.response.status_code }]
    exclude_dimensions: [collector.instance.id]
    exemplars: { enabled: true }
    # One series for a span name, whichever environment of the function it came from.
    resource_metrics_key_attributes: [service.name]
    aggregation_cardinality_limit: 1000
    # An exemplar is shown for one interval: at least as long as Prometheus' own, or a scrape misses it.
    metrics_flush_interval: 15s

exporters:
  otlp_grpc/jaeger:
    endpoint: jaeger:4317
    # Both are on the stack's own network.
    tls: { insecure: true }
  prometheus:
    endpoint: 0.0.0.0:8889
    # Exemplars exist in this format only.
    enable_open_metrics: true

service:
  extensions: [health_check]
  pipelines:
    traces:
      receivers: [otlp]
      processors: [memory_limiter, filter/allow-list, transform/allow-list, batch]
      exporters: [otlp_grpc/jaeger, span_metrics]
    metrics:
      receivers: [span_metrics]
      exporters: [prometheus]
  telemetry:
    logs: { level: warn }
    metrics:
      level: normal
      readers: [{ pull: { exporter: { prometheus: { host: 0.0.0.0, port: 8888 } } } }]
`;
