/** The gateway: API Gateway's HTTP API and Lambda's Invoke API, in front of the emulator. */
import type { FastifyInstance } from 'fastify';
import type { Settings } from '../machine/settings.ts';
import type { Functions } from '../embedded/api/functions.ts';
import { createHttpApi } from './http-api.ts';
import { createLambdaApi } from './lambda-api.ts';

/** How long requests under way have to end. */
const DRAIN_TIMEOUT_MS = 5000;

export interface Gateway {
  /** Takes no more requests, and returns when those under way are answered, or after five seconds. */
  close(): Promise<void>;
}

/** @throws Error that names the setting when a port is taken; neither then stays open */
export async function startGateway(
  settings: Pick<Settings, 'HOST' | 'API_PORT' | 'LAMBDA_PORT'>,
  functions: Functions,
  token: string,
): Promise<Gateway> {
  const httpApi = createHttpApi(functions);
  const lambdaApi = createLambdaApi(functions, token);
  const close = async () => {
    await Promise.all([drain(httpApi), drain(lambdaApi)]);
  };
  try {
    await listen(httpApi, settings, 'API_PORT');
    await listen(lambdaApi, settings, 'LAMBDA_PORT');
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

async function listen(
  server: FastifyInstance,
  settings: Pick<Settings, 'HOST' | 'API_PORT' | 'LAMBDA_PORT'>,
  setting: 'API_PORT' | 'LAMBDA_PORT',
): Promise<void> {
  try {
    await server.listen({ host: settings.HOST, port: settings[setting] });
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE')) throw cause;
    throw new Error(`Cannot listen:\n  port ${settings[setting]} is in use: set ${setting} to another one`, { cause });
  }
}

async function drain(server: FastifyInstance): Promise<void> {
  const late = setTimeout(() => server.server.closeAllConnections(), DRAIN_TIMEOUT_MS);
  await server.close();
  clearTimeout(late);
}
