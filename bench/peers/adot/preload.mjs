// On Node.js 24 the runtime loads a handler by import(): the loader hook sees it, for the packages that are instrumented.
import { register } from 'node:module';
import { createAddHookMessageChannel } from 'import-in-the-middle';

const { registerOptions, waitForAllMessagesAcknowledged } = createAddHookMessageChannel();
register('import-in-the-middle/hook.mjs', import.meta.url, registerOptions);
await waitForAllMessagesAcknowledged();
await import(process.env.OTEL_AWS_LAMBDA_FAST_START === 'true' ? './built/fast-layer.cjs' : './built/layer.cjs');
