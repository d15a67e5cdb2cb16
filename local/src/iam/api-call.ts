/** A policy that a role has, inline or managed, with no CloudFormation left in it. */
export interface Policy {
  name: string;
  document: unknown;
}

/** One call of an AWS service, as IAM sees it. */
export interface ApiCall {
  /** Logical id of the function that calls; absent for a client that connects. */
  functionId?: string;
  /** Logical id of the function's role; absent for a client that connects. */
  roleId?: string;
  /** `arn:aws:sts::…:assumed-role/ROLE/FUNCTION`, or the ARN of the client's user. */
  principalArn: string;
  /** `dynamodb:PutItem` */
  action: string;
  /** ARN of what it is called on, or `*` where the action knows no resources. */
  resource: string;
  /** Condition keys and their values, with those that AWS gives for the action, as far as they are played. */
  context: Record<string, string | string[]>;
  /** Of the caller. */
  policies: Policy[];
  /** Of the resource, where the template gives it one: a key's, for one. */
  resourcePolicy?: unknown;
}

/** Whether a call is allowed. */
export type Judge = (call: ApiCall) => boolean | Promise<boolean>;
