// WebRTCConnections: one row a connection, with the rooms that it noted there; and what `$connect` must remember across
// connections, under keys that no connection has: tokens that were used, and how often a user came within a minute.
import { DeleteCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { environment } from '../environment';
import type { RateTotals } from '../signaling/message-rate';
import type { Connection } from '../signaling/room-store';
import { documents, ifConditionHolds } from './dynamodb';
import { expiresAt } from '../signaling/expiry';

const TableName = environment('CONNECTIONS_TABLE');

export async function putConnection({ connectionId, userId, connectedAt }: Connection): Promise<void> {
  const Item = { connectionId, userId, timestamp: connectedAt, expiresAt: expiresAt(connectedAt) };
  await documents.send(new PutCommand({ TableName, Item }));
}

/** How long the clocks of who made a token and of DynamoDB may differ. */
const TOKEN_LEEWAY_SECONDS = 5 * 60;

/** Whether a token that is good for one connection was not used before. `expiresAt`: its own, Unix seconds. */
export async function claimToken(tokenId: string, expiresAt: number, claimedBy: string): Promise<boolean> {
  const put = new PutCommand({
    TableName,
    Item: { connectionId: `token#${tokenId}`, claimedBy, expiresAt: expiresAt + TOKEN_LEEWAY_SECONDS },
    // By this very connection: a request whose answer was lost is sent again.
    ConditionExpression: 'attribute_not_exists(connectionId) OR claimedBy = :claimedBy',
    ExpressionAttributeValues: { ':claimedBy': claimedBy },
  });
  return (await ifConditionHolds(documents.send(put))) !== undefined;
}

/** Counts a connection of the user; how many there were in this minute, it included. */
export async function countConnection(userId: string, now: number): Promise<number> {
  const minute = Math.floor(now / 60_000);
  const { Attributes } = await documents.send(
    new UpdateCommand({
      TableName,
      Key: { connectionId: `user#${userId}#${minute}` },
      UpdateExpression: 'SET expiresAt = :expiresAt ADD attempts :one',
      ExpressionAttributeValues: { ':expiresAt': (minute + 2) * 60, ':one': 1 },
      ReturnValues: 'UPDATED_NEW',
    }),
  );
  return Attributes!.attempts as number;
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

/** For `RateCounter`: in the connection's row, which is not put there again where it has been deleted. */
export async function countMessages(
  connectionId: string,
  window: number,
  { messages, refusals }: RateTotals,
): Promise<RateTotals | undefined> {
  const update = async (UpdateExpression: string, ConditionExpression: string) => {
    const updated = await ifConditionHolds(
      documents.send(
        new UpdateCommand({
          TableName,
          Key: { connectionId },
          UpdateExpression,
          ConditionExpression,
          ExpressionAttributeValues: { ':window': window, ':messages': messages, ':refusals': refusals },
          ReturnValues: 'UPDATED_NEW',
        }),
      ),
    );
    const { rateMessages, rateRefusals } = updated?.Attributes ?? {};
    return updated && { messages: rateMessages as number, refusals: rateRefusals as number };
  };
  const add = () => update('ADD rateMessages :messages, rateRefusals :refusals', 'rateWindow = :window');
  const begin = () =>
    update(
      'SET rateWindow = :window, rateMessages = :messages ADD rateRefusals :refusals',
      'attribute_exists(connectionId) AND (attribute_not_exists(rateWindow) OR rateWindow < :window)',
    );
  // Another may begin the window in between.
  return (await add()) ?? (await begin()) ?? (await add());
}

export async function deleteConnection(connectionId: string): Promise<string[]> {
  const { Attributes } = await documents.send(
    new DeleteCommand({ TableName, Key: { connectionId }, ReturnValues: 'ALL_OLD' }),
  );
  return [...((Attributes?.rooms as Set<string> | undefined) ?? [])];
}
