/** What differs between the stages and is no choice of whoever deploys. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Stage } from './settings.ts';

export interface StageRules {
  /** Of what can be made again, such as log groups and keys. */
  readonly removal: RemovalPolicy;
  /** Of the database: a last snapshot is kept, or nothing. */
  readonly databaseRemoval: RemovalPolicy;
  readonly deletionProtection: boolean;
  /** A second instance in another zone takes over when the first one fails. */
  readonly readers: number;
  readonly backupDays: number;
  /**
   * Of log lines. In production six years, as long as HIPAA wants its documentation (45 CFR 164.316(b)(2)(i)): a
   * request's line is the witness of its audit trail.
   */
  readonly logRetention: RetentionDays;
  /**
   * X-Ray's view beside OpenTelemetry's. Lambda samples by itself, at a rate that nobody can set, and at $5 per million
   * traces.
   */
  readonly xray: boolean;
}

export const STAGE_RULES: Record<Stage, StageRules> = {
  sandbox: {
    removal: RemovalPolicy.DESTROY,
    databaseRemoval: RemovalPolicy.DESTROY,
    deletionProtection: false,
    readers: 0,
    backupDays: 7,
    logRetention: RetentionDays.ONE_MONTH,
    xray: true,
  },
  production: {
    // But not of what a first deployment made before it failed, which would be in the way of the next one.
    removal: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    databaseRemoval: RemovalPolicy.SNAPSHOT,
    deletionProtection: true,
    readers: 1,
    backupDays: 35,
    logRetention: RetentionDays.SIX_YEARS,
    xray: false,
  },
};
