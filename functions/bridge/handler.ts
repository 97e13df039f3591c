import { createLog } from '../runtime/log.ts';
import { connect } from '../runtime/postgres.ts';
import { databaseSettings, readSettings } from '../runtime/settings.ts';
import { createSeriesStore } from '../series/store.ts';
import { createBridge } from './bridge.ts';

export const bridgeSettings = { ...databaseSettings };

const store = createSeriesStore(connect(readSettings(bridgeSettings)));

export const handler = createBridge({ store, log: createLog(), now: Date.now });
