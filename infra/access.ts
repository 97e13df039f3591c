/**
 * What a function is given so that it may reach something: the variables that say where it is, and the permissions that
 * let it. A construct hands out both at once (`database.connect(…)`), so neither can be forgotten.
 */
import type { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type * as z from 'zod/mini';

export type Variables = Readonly<Record<string, string>>;

export interface Access<Given> {
  readonly environment: Given;
  readonly statements: readonly PolicyStatement[];
}

/** Settings that only a laptop may have: the cloud has an authorizer, and real members. */
type NeverInCloud = 'ANONYMOUS_CALLER' | 'SIMULATE_SLOW_MEMBER' | 'DATABASE_ROLE';

/**
 * The environment that a function's own settings ask for: each variable as text, required unless the settings have a
 * default. `Shape` is the type of the settings in the function's handler.ts.
 */
export type Environment<Shape extends z.core.$ZodLooseShape> = {
  readonly [Name in keyof Omit<z.input<z.ZodMiniObject<Shape>>, NeverInCloud>]: string;
};

/** Stands for a function's settings, of which `infra/` takes the type alone. */
export interface SettingsOf<Shape> {
  readonly shape?: Shape;
}
export function settingsOf<Shape extends z.core.$ZodLooseShape>(): SettingsOf<Shape> {
  return {};
}
