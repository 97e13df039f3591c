import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { describe, it } from 'vitest';
import { deliveriesOf, linesOf } from '../../../functions/bridge/subscription.ts';
import { Refusal } from '../../../functions/series/refusal.ts';
import { awslogs, controlMessage, delivery, queued } from '../../fixtures/delivery.ts';

function reasonFor(event: unknown): string {
  try {
    linesOf(event);
  } catch (error) {
    if (error instanceof Refusal) return error.reason;
    throw error;
  }
  return 'none';
}

const gzipped = (text: string | Buffer) => ({ awslogs: { data: gzipSync(text).toString('base64') } });
const MEBIBYTE = 1024 * 1024;

describe('a log subscription’s delivery', () => {
  it('gives its lines with their place in the log', () => {
    const lines = linesOf(delivery(['one', 'two'], { owner: '1', logGroup: 'g', logStream: 's' }));
    assert.deepEqual(
      lines.map(({ message, owner, logGroup, logStream }) => [message, owner, logGroup, logStream]),
      [
        ['one', '1', 'g', 's'],
        ['two', '1', 'g', 's'],
      ],
    );
    assert.equal(new Set(lines.map(({ id }) => id)).size, 2);
  });

  it('has no lines when it is a control message', () => assert.deepEqual(linesOf(controlMessage()), []));

  it('comes alone, or several to an SQS batch', () => {
    const one = delivery(['one']);
    const two = delivery(['two']);
    assert.deepEqual(deliveriesOf(one), [one]);
    assert.deepEqual(deliveriesOf(queued([one, two])), [one, two]);
    assert.deepEqual(deliveriesOf(queued(['not json'])), ['not json']);
  });

  it('is refused with a reason when it cannot be read', () => {
    for (const event of [undefined, null, 'x', {}, { awslogs: {} }, { awslogs: { data: 1 } }]) {
      assert.equal(reasonFor(event), 'payload_not_a_delivery', JSON.stringify(event));
    }
    assert.equal(reasonFor({ awslogs: { data: 'M12345' } }), 'payload_not_gzip');
    const half = Buffer.from(delivery(['one']).awslogs.data, 'base64')
      .subarray(0, 60)
      .toString('base64');
    assert.equal(reasonFor({ awslogs: { data: half } }), 'payload_not_gzip');
    assert.equal(reasonFor(gzipped('{"messageType":')), 'payload_malformed');
    assert.equal(reasonFor(awslogs({ messageType: 'OTHER' })), 'payload_malformed');
    assert.equal(reasonFor(delivery([], { logEvents: [{ id: 1, message: 'one' }] })), 'payload_malformed');
  });

  it('is refused when it grows beyond 32 MiB, however small it is', () => {
    const bomb = gzipped(Buffer.alloc(64 * MEBIBYTE));
    assert.ok(bomb.awslogs.data.length < MEBIBYTE / 8);
    assert.equal(reasonFor(bomb), 'payload_too_large');
    assert.equal(reasonFor(gzipped(Buffer.alloc(32 * MEBIBYTE + 1))), 'payload_too_large');
    assert.equal(reasonFor(gzipped(Buffer.alloc(32 * MEBIBYTE))), 'payload_malformed');
  });
});
