// WebRTCRooms: one row a peer, by room; the index knows a connection's rooms.
import { DeleteCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Metadata } from '../../protocol/messages';
import { environment } from '../environment';
import type { Peer, Removal } from '../signaling/room-store';
import { documents, ifConditionHolds } from './dynamodb';

const TableName = environment('ROOMS_TABLE');
const IndexName = environment('ROOMS_BY_CONNECTION_INDEX');

export async function findRooms(connectionId: string): Promise<string[]> {
  const rows = await queryAll({
    IndexName,
    KeyConditionExpression: 'connectionId = :connectionId',
    ExpressionAttributeValues: { ':connectionId': connectionId },
  });
  return rows.map((row) => row.roomId);
}

export function readRoom(roomId: string): Promise<Peer[]> {
  return queryAll({
    KeyConditionExpression: 'roomId = :roomId',
    ExpressionAttributeValues: { ':roomId': roomId },
    ConsistentRead: true,
  });
}

export async function getPeer(roomId: string, connectionId: string): Promise<Peer | undefined> {
  const { Item } = await documents.send(
    new GetCommand({ TableName, Key: { roomId, connectionId }, ConsistentRead: true }),
  );
  return Item && toPeer(Item);
}

export async function reservePeer(peer: Peer): Promise<boolean> {
  const put = new PutCommand({
    TableName,
    Item: toItem(peer),
    ConditionExpression: 'attribute_not_exists(connectionId)',
  });
  return (await ifConditionHolds(documents.send(put))) !== undefined;
}

export async function showPeer({ roomId, connectionId, phaseUntil, replaces }: Peer): Promise<boolean> {
  const update = new UpdateCommand({
    TableName,
    Key: { roomId, connectionId },
    UpdateExpression: `SET phase = :announcing${replaces === undefined ? ' REMOVE replaces' : ', replaces = :replaces'}`,
    ConditionExpression: 'phase = :reserved AND phaseUntil = :phaseUntil',
    ExpressionAttributeValues: {
      ...(replaces !== undefined && { ':replaces': replaces }),
      ':announcing': 'announcing',
      ':reserved': 'reserved',
      ':phaseUntil': phaseUntil,
    },
  });
  return (await ifConditionHolds(documents.send(update))) !== undefined;
}

export async function refreshPeer(
  roomId: string,
  connectionId: string,
  metadata: Metadata | undefined,
  phaseUntil: number,
): Promise<Peer | undefined> {
  const update = new UpdateCommand({
    TableName,
    Key: { roomId, connectionId },
    UpdateExpression: `SET phase = :announcing, phaseUntil = :phaseUntil${metadata ? ', metadata = :metadata' : ' REMOVE metadata'}`,
    ConditionExpression: 'attribute_exists(connectionId) AND attribute_not_exists(phase)',
    ExpressionAttributeValues: {
      ':announcing': 'announcing',
      ':phaseUntil': phaseUntil,
      ...(metadata && { ':metadata': JSON.stringify(metadata) }),
    },
    ReturnValues: 'ALL_NEW',
  });
  const updated = await ifConditionHolds(documents.send(update));
  return updated && toPeer(updated.Attributes!);
}

export async function settlePeer(roomId: string, connectionId: string, phaseUntil: number): Promise<void> {
  const update = new UpdateCommand({
    TableName,
    Key: { roomId, connectionId },
    UpdateExpression: 'REMOVE phase, phaseUntil',
    ConditionExpression: 'phase = :announcing AND phaseUntil = :phaseUntil',
    ExpressionAttributeValues: { ':announcing': 'announcing', ':phaseUntil': phaseUntil },
  });
  await ifConditionHolds(documents.send(update));
}

export async function startLeaving(
  roomId: string,
  connectionId: string,
  now: number,
  phaseUntil: number,
  resumeHash?: string,
): Promise<boolean> {
  const update = new UpdateCommand({
    TableName,
    Key: { roomId, connectionId },
    UpdateExpression: 'SET phase = :leaving, phaseUntil = :phaseUntil',
    ConditionExpression: `${resumeHash ? 'resumeHash = :resumeHash' : 'attribute_exists(connectionId)'} AND (attribute_not_exists(phase) OR phase = :announcing AND phaseUntil < :now)`,
    ExpressionAttributeValues: {
      ...(resumeHash && { ':resumeHash': resumeHash }),
      ':leaving': 'leaving',
      ':announcing': 'announcing',
      ':phaseUntil': phaseUntil,
      ':now': now,
    },
  });
  return (await ifConditionHolds(documents.send(update))) !== undefined;
}

export async function removePeer(roomId: string, connectionId: string, now: number): Promise<Removal> {
  const deletion = new DeleteCommand({
    TableName,
    Key: { roomId, connectionId },
    ConditionExpression: 'attribute_not_exists(phase) OR phase <> :announcing OR phaseUntil < :now',
    ExpressionAttributeValues: { ':announcing': 'announcing', ':now': now },
    ReturnValues: 'ALL_OLD',
  });
  const deleted = await ifConditionHolds(documents.send(deletion));
  if (!deleted) return 'announcing';
  return deleted.Attributes ? toPeer(deleted.Attributes) : 'absent';
}

async function queryAll(
  query: Omit<ConstructorParameters<typeof QueryCommand>[0], 'TableName'>,
): Promise<Peer[]> {
  const rows: Peer[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await documents.send(new QueryCommand({ TableName, ...query, ExclusiveStartKey }));
    rows.push(...(page.Items ?? []).map(toPeer));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  return rows;
}

/** Metadata is kept as JSON text: DynamoDB has no number as large, or as small, as a client may send. */
function toItem({ metadata, ...row }: Peer): Record<string, unknown> {
  return { ...row, metadata: metadata && JSON.stringify(metadata) };
}

function toPeer({ metadata, ...row }: Record<string, unknown>): Peer {
  const peer = row as unknown as Peer;
  return metadata === undefined ? peer : { ...peer, metadata: JSON.parse(metadata as string) as Metadata };
}
