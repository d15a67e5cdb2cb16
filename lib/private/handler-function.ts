// The one place that makes a function.
import { existsSync } from 'node:fs';
import * as path from 'node:path';
import { ArnFormat, Duration, Names, type RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { type CfnRole, Grant, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Architecture, Code, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Construct } from 'constructs';
import type { SignalingFunctionOptions } from '../function-options';
import { allowEnvironmentKey } from './encryption';
import { newLogGroup } from './log-group';

/** Where esbuild.mjs puts the handlers, in a checkout as in the published package. */
const HANDLERS = path.join(__dirname, '..', '..', 'lambda', 'dist');

/**
 * What Lambda does in the name of a function in a network; of these AWSLambdaVPCAccessExecutionRole has them all, and
 * every log group of the account besides.
 */
const NETWORK_ACTIONS = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

export interface HandlerFunctionProps {
  readonly handler: 'connect' | 'message' | 'disconnect' | 'authorize-jwt' | 'authorize-room-token';
  readonly environment: Record<string, string>;
  readonly options?: SignalingFunctionOptions;
  readonly removalPolicy: RemovalPolicy;
  /** Of the logs and of the environment variables. */
  readonly encryptionKey?: IKey;
}

export class HandlerFunction extends NodejsFunction {
  constructor(scope: Construct, id: string, props: HandlerFunctionProps) {
    const { handler, environment, options = {}, removalPolicy, encryptionKey } = props;
    const logGroup =
      options.logGroup ??
      newLogGroup(scope, `${id}Logs`, { retention: options.logRetention, removalPolicy, encryptionKey });
    // A role of its own making, because the one that a function makes carries AWSLambdaBasicExecutionRole, which
    // writes to every log group of the account.
    const role =
      options.role ??
      new Role(scope, `${id}Role`, { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    logGroup.grantWrite(role);
    if (encryptionKey) allowEnvironmentKey(role, encryptionKey, scope);
    if (options.vpc) Grant.addToPrincipal({ grantee: role, actions: NETWORK_ACTIONS, resourceArns: ['*'] });

    super(scope, id, {
      code: handlerCode(path.join(HANDLERS, handler)),
      handler: 'index.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: options.memorySize ?? 512,
      timeout: options.timeout ?? Duration.seconds(15),
      reservedConcurrentExecutions: options.reservedConcurrentExecutions,
      tracing: options.tracing,
      vpc: options.vpc,
      vpcSubnets: options.vpcSubnets,
      securityGroups: options.securityGroups,
      environment,
      environmentEncryption: encryptionKey,
      role,
      logGroup,
      loggingFormat: LoggingFormat.JSON,
    });
  }
}

/**
 * A role of another stack of the app, as this stack knows it: the policy with what the functions need stands here then.
 * That stack's own policy would name what is in this one, and this one names the role.
 */
export function withPolicyHere(
  scope: Construct,
  options: SignalingFunctionOptions | undefined,
): SignalingFunctionOptions | undefined {
  const role = options?.role;
  const stack = Stack.of(scope);
  if (!(role instanceof Role) || Stack.of(role) === stack) return options;
  const { path = '/' } = (role.node.defaultChild as CfnRole | undefined) ?? {};
  if (Token.isUnresolved(path)) return options;
  // Not `role.roleArn`: from a token the CDK reads the first part of a path for the role's name.
  const arn = stack.formatArn({
    service: 'iam',
    region: '',
    resource: `role${path}${role.roleName}`,
    arnFormat: ArnFormat.NO_RESOURCE_NAME,
  });
  const here = Role.fromRoleArn(scope, 'FunctionsRole', arn, {
    // By its name the role knows the policy: no other service may have the same.
    defaultPolicyName: Names.uniqueResourceName(scope, { maxLength: 128 }),
  });
  return { ...options, role: here };
}

/** `folder`, as esbuild left it: what is deployed needs no bundling where the user's app is synthesized. */
export function handlerCode(folder: string): Code {
  if (!existsSync(path.join(folder, 'index.js'))) {
    throw new Error(
      `no index.js in ${folder}: expected the bundled handler there; in a checkout of cdk-webrtc-signaling, run \`node esbuild.mjs handlers\``,
    );
  }
  return Code.fromAsset(folder);
}
