// DynamoDB's own protocol, one request: the SDK would be much for the few that the runner sends.
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { REGION } from '../gateway/aws-names';

export type Call = (operation: string, body: object) => Promise<unknown>;

export class DynamoDbError extends Error {
  override readonly name = 'DynamoDbError';

  /** @param code `ConditionalCheckFailedException`, say */
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

export function callsTo(endpoint: string): Call {
  return async (operation, body) => {
    const outgoing = request(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        // Looked for, but not looked at.
        'x-amz-date': '20260101T000000Z',
        authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/${REGION}/dynamodb/aws4_request, SignedHeaders=host, Signature=local`,
      },
    });
    outgoing.end(JSON.stringify(body));
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    const answer = JSON.parse(text) as { __type?: string; message?: string };
    if (response.statusCode === 200) return answer;
    const { __type = 'Unknown', message = text } = answer;
    throw new DynamoDbError(__type.replace(/^.*#/, ''), message);
  };
}
