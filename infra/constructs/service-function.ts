import { Duration } from 'aws-cdk-lib';
import type { ISecurityGroup, ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal, type IManagedPolicy } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
  type AssetCode,
  type ILayerVersion,
} from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type * as z from 'zod/mini';
import type { Access, Environment, SettingsOf, Variables } from '../access.ts';
import type { FunctionName } from '../concurrency.ts';

/** What all functions of a deployment have in common. */
export interface FunctionPlace {
  /** Before each function's name: `prior-auth-sandbox`. */
  readonly prefix: string;
  readonly vpc: IVpc;
  /** Whom to believe that a server is the database. */
  readonly authorities: ILayerVersion;
  /** Telemetry, preloaded. */
  readonly layer: ILayerVersion;
  readonly xray: boolean;
  /** Executions reserved, by function; undefined: the account's are shared. */
  readonly reserved: Readonly<Record<FunctionName, number>> | undefined;
  /** What IAM knows no resource for: network interfaces, X-Ray. */
  readonly wildcardPolicy: IManagedPolicy;
  /** The layer's own settings. */
  readonly telemetry: Variables;
  readonly logGroup: (name: FunctionName) => ILogGroup;
}

export interface ServiceFunctionProps<Shape extends z.core.$ZodLooseShape, Given> {
  /** In the names of function and log group. */
  readonly name: FunctionName;
  readonly code: AssetCode;
  /** Of the function's handler.ts: says which variables must be here. */
  readonly settings: SettingsOf<Shape>;
  readonly access: Access<Given>;
  /** The variables that no access gives. */
  readonly environment: Omit<Environment<Shape>, keyof Given>;
  readonly executionMs: number;
  readonly memoryMb: number;
  readonly subnets: ISubnet[];
  readonly securityGroup: ISecurityGroup;
  /** Where the event of an asynchronous invocation goes that failed for good. */
  readonly deadLetters?: IQueue;
  readonly statements?: readonly PolicyStatement[];
  /** Runs without the telemetry layer: it has no spans to send, and no way to where they would go. */
  readonly untraced?: true;
}

/** A function on Lambda: one of the bundles that run locally, with its log group, its role and what the role may do. */
export class ServiceFunction<
  Shape extends z.core.$ZodLooseShape = z.core.$ZodLooseShape,
  Given extends object = object,
> extends Construct {
  readonly function: LambdaFunction;
  readonly logGroup: ILogGroup;

  constructor(scope: Construct, id: string, place: FunctionPlace, props: ServiceFunctionProps<Shape, Given>) {
    super(scope, id);
    this.logGroup = place.logGroup(props.name);
    const reserved = place.reserved?.[props.name];
    this.function = new LambdaFunction(this, 'Function', {
      functionName: `${place.prefix}-${props.name}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: 'handler.handler',
      code: props.code,
      layers: props.untraced ? [place.authorities] : [place.authorities, place.layer],
      memorySize: props.memoryMb,
      timeout: Duration.millis(props.executionMs),
      environment: {
        ...(props.untraced ? {} : place.telemetry),
        ...props.access.environment,
        ...props.environment,
      },
      // Without the permissions that CDK would add by itself, inline: they are all in the role's own policy.
      role: this.createRole(place, props).withoutPolicyUpdates(),
      vpc: place.vpc,
      vpcSubnets: { subnets: props.subnets },
      securityGroups: [props.securityGroup],
      logGroup: this.logGroup,
      // Lines as the functions write them: EMF, one to a request.
      loggingFormat: LoggingFormat.TEXT,
      tracing: place.xray ? Tracing.ACTIVE : Tracing.PASS_THROUGH,
      ...(reserved === undefined ? {} : { reservedConcurrentExecutions: reserved }),
      ...(props.deadLetters === undefined ? {} : { deadLetterQueue: props.deadLetters }),
    });
  }

  private createRole(place: FunctionPlace, props: ServiceFunctionProps<Shape, Given>): Role {
    const { deadLetters } = props;
    const own = new ManagedPolicy(this, 'Policy', {
      statements: [
        new PolicyStatement({
          actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: [this.logGroup.logGroupArn],
        }),
        ...(deadLetters === undefined
          ? []
          : [new PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] })]),
        ...props.access.statements,
        ...(props.statements ?? []),
      ],
    });
    return new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      managedPolicies: [own, place.wildcardPolicy],
    });
  }
}
