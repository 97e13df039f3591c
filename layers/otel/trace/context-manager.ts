import { ROOT_CONTEXT, type Context, type ContextManager } from '@opentelemetry/api';
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

/**
 * The active context follows the asynchronous calls. The official manager (`@opentelemetry/context-async-hooks`) also
 * patches event emitters given to `bind`, for instrumentation that this layer does not have, and is a twentieth of the
 * layer's size.
 */
export class AsyncContextManager implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT;
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    if (thisArg === undefined) return this.#storage.run(context, fn, ...args);
    return this.#storage.run(context, () => fn.apply(thisArg, args));
  }

  /** Binds functions; anything else is returned as it is. */
  bind<T>(context: Context, target: T): T {
    return isFunction(target) ? this.#storage.run(context, () => AsyncResource.bind(target)) : target;
  }

  enable(): this {
    return this;
  }

  disable(): this {
    this.#storage.disable();
    return this;
  }
}

function isFunction<T>(target: T): target is T & ((...args: unknown[]) => unknown) {
  return typeof target === 'function';
}
