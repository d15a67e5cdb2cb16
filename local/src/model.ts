// What the runner plays, after it has read a template: plain data, no CloudFormation left in it.

import type { Policy } from './iam/api-call';

export interface ApiModel {
  /** Also the host name's first label: `<apiId>.execute-api.<region>.amazonaws.com`. */
  apiId: string;
  /** As the template names it, for messages to a person. */
  logicalId: string;
  /** `$request.body.action`, say. */
  routeSelectionExpression: string;
  routes: RouteModel[];
  stages: StageModel[];
}

export interface RouteModel {
  /** `$connect`, `$disconnect`, `$default`, or a value of the selection expression. */
  routeKey: string;
  integration: IntegrationModel;
  /** Whether the handshake must be signed. On `$connect` only, like the next. */
  wantsSignature?: boolean;
  authorizer?: AuthorizerModel;
  /** Whether what the integration answers is sent to the client. */
  hasRouteResponse: boolean;
}

export type IntegrationModel =
  | { type: 'lambda'; functionId: string; timeoutMs: number }
  /** Answers without a function; `body` is what its integration response sends. */
  | { type: 'mock'; statusCode: number; body: string };

export interface AuthorizerModel {
  functionId: string;
  /** `route.request.querystring.token`, `route.request.header.Sec-WebSocket-Protocol`. */
  identitySources: string[];
}

export interface StageModel {
  stageName: string;
  variables: Record<string, string>;
  /** Requests a second, and how many may come at once; absent: not limited. */
  throttle?: { rateLimit: number; burstLimit: number };
}

export interface FunctionModel {
  /** Logical id. */
  functionId: string;
  functionName: string;
  /** Folder of the unpacked asset, or what the template has as the function's only file. */
  code: { folder: string } | { source: string };
  /** `index.handler`. */
  handler: string;
  /** `nodejs24.x`; what runs it is the Node.js of this machine. */
  runtime: string;
  environment: Record<string, string>;
  timeoutMs: number;
  memoryMb: number;
  /** The most events that it takes at once; absent: what the account has. */
  reservedConcurrency?: number;
}

export type KeySchema = { AttributeName: string; KeyType: string }[];

export interface TableModel {
  /** Logical id. */
  tableId: string;
  /** Body of the request that makes it. */
  createTable: { TableName: string; KeySchema: KeySchema } & Record<string, unknown>;
  /** Rows go when the Unix seconds in it are past. */
  timeToLiveAttribute?: string;
}

export interface SecretModel {
  /** Logical id. */
  secretId: string;
  name: string;
  arn: string;
  description?: string;
  kmsKeyId?: string;
  /** Of its first version; absent: there is none yet. */
  secretString?: string;
}

/** A function as IAM sees it. */
export interface PrincipalModel {
  functionId: string;
  functionName: string;
  /** Logical id. */
  roleId: string;
  roleName: string;
  policies: Policy[];
  logGroupName: string;
  /** ARN of the key that its environment variables are under. */
  environmentKey?: string;
  /** Whether Lambda sends its traces to X-Ray. */
  isTraced: boolean;
}

/** What one invocation came to. */
export type Invocation =
  | { outcome: 'returned'; payload: unknown }
  | { outcome: 'threw'; errorType: string; errorMessage: string }
  | { outcome: 'timed-out' };

/** Runs a function with an event, in an execution environment that serves nobody else meanwhile. */
export type Invoke = (functionId: string, event: unknown) => Promise<Invocation>;

/** Time, so that a test can move it. */
export interface Clock {
  now(): number;
  /** Calls back once after `ms`; the function returned cancels it. */
  after(ms: number, run: () => void): () => void;
}
