// On Node.js 24 the runtime loads a handler by import(), so this layer has a loader hook that sees it.
import { register } from 'node:module';
import bundle from './built/layer.cjs';

await bundle.start();
register('import-in-the-middle/hook.mjs', import.meta.url);
