// What API Gateway asks the authorizer of `$connect`, as far as it is read, and what it takes for an answer.

type Values = Record<string, string | undefined> | null;
type ManyValues = Record<string, string[] | undefined> | null;

export interface AuthorizerEvent {
  /** `arn:aws:execute-api:REGION:ACCOUNT:API/STAGE/$connect` */
  methodArn: string;
  headers?: Values;
  multiValueHeaders?: ManyValues;
  queryStringParameters?: Values;
  multiValueQueryStringParameters?: ManyValues;
  requestContext: { connectionId: string };
}

export interface AuthorizerResult {
  principalId: string;
  policyDocument: {
    Version: '2012-10-17';
    Statement: [{ Effect: 'Allow' | 'Deny'; Action: 'execute-api:Invoke'; Resource: string }];
  };
  context?: Record<string, string>;
}
