import { createContextKey, ROOT_CONTEXT } from '@opentelemetry/api';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AsyncContextManager } from '../../../../layers/otel/trace/context-manager.ts';

const KEY = createContextKey('request');
const contextOf = (value: string) => ROOT_CONTEXT.setValue(KEY, value);

describe('context manager', () => {
  it('follows asynchronous calls of requests that overlap', async () => {
    const manager = new AsyncContextManager();
    const seen = (delay: number) => async () => {
      await sleep(delay);
      return manager.active().getValue(KEY);
    };
    const both = [manager.with(contextOf('a'), seen(4)), manager.with(contextOf('b'), seen(1))];
    assert.deepEqual(await Promise.all(both), ['a', 'b']);
    assert.equal(manager.active(), ROOT_CONTEXT);
  });

  it('passes receiver, arguments, results and errors through', () => {
    const manager = new AsyncContextManager();
    const receiver = { base: 40 };
    function add(this: { base: number }, more: number): number {
      return this.base + more;
    }
    assert.equal(manager.with(contextOf('a'), add, receiver, 2), 42);
    assert.throws(() => manager.with(contextOf('a'), () => assert.fail('as thrown')), /as thrown/);
    assert.equal(manager.active(), ROOT_CONTEXT);
  });

  it('binds functions to a context, and nothing else', () => {
    const manager = new AsyncContextManager();
    const read = manager.bind(contextOf('a'), () => manager.active().getValue(KEY));
    assert.equal(
      manager.with(contextOf('b'), () => read()),
      'a',
    );
    const object = {};
    assert.equal(manager.bind(contextOf('a'), object), object);
  });
});
