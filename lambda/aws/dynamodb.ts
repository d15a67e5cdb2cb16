import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** One client an execution environment, made as it starts. */
export const documents = DynamoDBDocumentClient.from(
  new DynamoDBClient({
    maxAttempts: 5,
    // A request that hangs is tried again well before the integration's 29 s are over.
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, httpsAgent: { maxSockets: 100 } },
  }),
  { marshallOptions: { removeUndefinedValues: true } },
);

/** What the request returns, or undefined where its condition did not hold. */
export async function ifConditionHolds<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return undefined;
    throw error;
  }
}
