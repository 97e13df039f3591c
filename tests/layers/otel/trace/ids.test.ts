import fc from 'fast-check';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createIdGenerator, parseXrayTraceId } from '../../../../layers/otel/trace/ids.ts';

const TRACE_ID = '5759e988bd862e3fe1be46a994272793';
const ROOT = 'Root=1-5759e988-bd862e3fe1be46a994272793';

describe('the trace id of a new root', () => {
  it('is that of the X-Ray header, wherever its Root stands and whatever its flag', () => {
    const headers = [
      `${ROOT};Parent=53995c3f42cd8ad8;Sampled=0;Lineage=1:2:3`,
      `Self=1-67891234-12456789abcdef012345678;${ROOT};Sampled=1`,
      `Parent=53995c3f42cd8ad8; ${ROOT} `,
      ROOT.toUpperCase().replace('ROOT', 'Root'),
    ];
    for (const header of headers) assert.equal(parseXrayTraceId(header), TRACE_ID, header);
  });

  it('is random when the header is malformed', () => {
    const headers = [
      undefined,
      '',
      'Root=',
      `${ROOT}0;Sampled=1`,
      ROOT.replace('1-', '2-'),
      ROOT.replace('e988', 'e98g'),
      'Root=1-00000000-000000000000000000000000',
      `NotThe${ROOT}`,
    ];
    for (const header of headers) {
      assert.equal(parseXrayTraceId(header), undefined, header);
      assert.match(createIdGenerator(() => header).traceId(), /^(?!0{32})[0-9a-f]{32}$/);
    }
  });

  it('is another one each time, and so is that of a span', () => {
    const ids = createIdGenerator(() => undefined);
    const made = Array.from({ length: 1000 }, () => [ids.traceId(), ids.spanId()]);
    assert.equal(new Set(made.flat()).size, 2000);
    for (const [, spanId = ''] of made) assert.match(spanId, /^(?!0{16})[0-9a-f]{16}$/);
  });

  it('is valid or none for any header at all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^Root=1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24}$/)), (header) => {
        assert.match(parseXrayTraceId(header) ?? TRACE_ID, /^(?!0{32})[0-9a-f]{32}$/);
      }),
    );
  });
});
