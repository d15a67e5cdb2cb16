// WebRTCConnections: one row a connection, with the rooms that it noted there.
import { DeleteCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { environment } from '../environment';
import type { Connection } from '../signaling/room-store';
import { documents, ifConditionHolds } from './dynamodb';
import { expiresAt } from '../signaling/expiry';

const TableName = environment('CONNECTIONS_TABLE');

export async function putConnection({ connectionId, userId, connectedAt }: Connection): Promise<void> {
  const Item = { connectionId, userId, timestamp: connectedAt, expiresAt: expiresAt(connectedAt) };
  await documents.send(new PutCommand({ TableName, Item }));
}

export async function noteRoom(connectionId: string, roomId: string): Promise<number | undefined> {
  const updated = await ifConditionHolds(
    documents.send(
      new UpdateCommand({
        TableName,
        Key: { connectionId },
        UpdateExpression: 'ADD rooms :room',
        ConditionExpression: 'attribute_exists(connectionId)',
        ExpressionAttributeValues: { ':room': new Set([roomId]) },
        ReturnValues: 'UPDATED_NEW',
      }),
    ),
  );
  return updated && (updated.Attributes?.rooms as Set<string>).size;
}

export async function dropRoom(connectionId: string, roomId: string): Promise<number | undefined> {
  const updated = await ifConditionHolds(
    documents.send(
      new UpdateCommand({
        TableName,
        Key: { connectionId },
        UpdateExpression: 'DELETE rooms :room',
        // An update of a row that has been deleted would put it there again.
        ConditionExpression: 'attribute_exists(connectionId)',
        ExpressionAttributeValues: { ':room': new Set([roomId]) },
        ReturnValues: 'ALL_NEW',
      }),
    ),
  );
  // DynamoDB has no empty set: of the last room nothing is left.
  return updated && ((updated.Attributes?.rooms as Set<string> | undefined)?.size ?? 0);
}

export async function deleteConnection(connectionId: string): Promise<string[]> {
  const { Attributes } = await documents.send(
    new DeleteCommand({ TableName, Key: { connectionId }, ReturnValues: 'ALL_OLD' }),
  );
  return [...((Attributes?.rooms as Set<string> | undefined) ?? [])];
}
