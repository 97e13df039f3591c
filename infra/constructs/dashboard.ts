import {
  Dashboard as CloudWatchDashboard,
  GraphWidget,
  AlarmStatusWidget,
  type IWidget,
  Metric,
  Stats,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { STATUSES } from '../../functions/contract/catalogue.ts';
import { duration, errorShare, PERIOD, submits } from '../emf-metrics.ts';
import type { Alarms } from './alarms.ts';

const PERCENTILES = [50, 95, 99];
const HALF = 12;
const WHOLE = 24;

export interface DashboardProps {
  readonly name: string;
  readonly alarms: Alarms;
  readonly functions: Readonly<Record<string, IFunction>>;
  readonly clusterIdentifier: string;
}

/**
 * One page in CloudWatch: enough for when nothing else is there. The good dashboards are in local/monitoring/grafana.
 */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { name, alarms, functions, clusterIdentifier }: DashboardProps) {
    super(scope, id);
    const all = Object.values(functions);
    const ofCluster = (metricName: string, statistic: string) =>
      new Metric({
        namespace: 'AWS/RDS',
        metricName,
        dimensionsMap: { DBClusterIdentifier: clusterIdentifier },
        statistic,
        period: PERIOD,
      });
    new CloudWatchDashboard(this, 'Dashboard', {
      dashboardName: name,
      widgets: [
        [new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms.alarms], width: WHOLE, height: 3 })],
        [
          graph('Submits, by status', STATUSES.map(submits)),
          graph('Seconds of accepted submits', PERCENTILES.map(duration)),
        ],
        [
          graph('Share of submits that failed', [errorShare()]),
          graph(
            'Executions at once',
            all.map((one) => one.metric('ConcurrentExecutions', { statistic: Stats.MAXIMUM, period: PERIOD })),
          ),
        ],
        [
          graph('Connections to PostgreSQL', [ofCluster('DatabaseConnections', Stats.MAXIMUM)]),
          graph('Capacity of PostgreSQL in units', [ofCluster('ServerlessDatabaseCapacity', Stats.AVERAGE)]),
        ],
      ],
    });
  }
}

function graph(title: string, left: readonly (Metric | ReturnType<typeof errorShare>)[]): IWidget {
  return new GraphWidget({ title, left: [...left], width: HALF, period: PERIOD });
}
