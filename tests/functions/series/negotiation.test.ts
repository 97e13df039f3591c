import assert from 'node:assert/strict';
import { it } from 'vitest';
import { negotiate } from '../../../functions/series/negotiation.ts';

const cases: readonly [string, string | undefined, 'text' | 'openmetrics'][] = [
  ['no header', undefined, 'text'],
  ['an empty header', '', 'text'],
  ['curl', '*/*', 'text'],
  ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text'],
  [
    'Prometheus 2',
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'openmetrics',
  ],
  [
    'Prometheus 3',
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
    'openmetrics',
  ],
  [
    'Prometheus told to prefer text',
    'text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5',
    'text',
  ],
  [
    'text of another version, preferred',
    'text/plain;version=1.0.0;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5',
    'openmetrics',
  ],
  ['OpenMetrics alone', 'application/openmetrics-text', 'openmetrics'],
  ['OpenMetrics in capitals and quotes', 'Application/OpenMetrics-Text; Version="1.0.0"', 'openmetrics'],
  ['OpenMetrics and anything', 'application/openmetrics-text, */*', 'openmetrics'],
  ['anything rather than OpenMetrics', 'application/openmetrics-text;q=0.5, */*;q=0.8', 'text'],
  ['OpenMetrics refused', 'application/openmetrics-text;q=0', 'text'],
  ['OpenMetrics 0.0.1 alone', 'application/openmetrics-text;version=0.0.1', 'text'],
  ['a quality that is no number', 'application/openmetrics-text;q=high', 'text'],
  [
    'the protobuf format',
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
    'text',
  ],
];

for (const [what, accept, format] of cases)
  it(`${what} is answered in ${format}`, () => assert.equal(negotiate(accept), format));
