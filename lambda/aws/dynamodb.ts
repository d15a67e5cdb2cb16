import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { requestTimeouts } from './request-timeouts';

/** One client an execution environment, made as it starts. */
export const documents = DynamoDBDocumentClient.from(
  new DynamoDBClient({
    maxAttempts: 5,
    requestHandler: { ...requestTimeouts, httpsAgent: { maxSockets: 100 } },
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
