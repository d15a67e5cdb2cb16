// What a request to DynamoDB is to IAM: which actions on which tables and indexes, and the condition keys.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
import { arn } from '../gateway/aws-names';
import type { Request } from '../iam/guard';
import type { KeySchema, TableModel } from '../model';

type Values = Record<string, unknown>;

/** One table's part of a request. */
interface Part extends Values {
  TableName?: string;
  IndexName?: string;
  Key?: Values;
  Item?: Values;
  KeyConditionExpression?: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Values;
}

type PartsOf = (body: Values) => [operation: string, part: Part][];

/** A batch is an action of its own, whatever is in it; a transaction is the actions that it is made of. */
const COMPOSED: Record<string, PartsOf> = {
  BatchGetItem: ({ RequestItems }) =>
    Object.entries((RequestItems ?? {}) as Record<string, { Keys?: Values[] }>).map(([TableName, rest]) => [
      'BatchGetItem',
      { TableName, ...rest },
    ]),
  BatchWriteItem: ({ RequestItems }) =>
    Object.entries((RequestItems ?? {}) as Record<string, unknown[]>).map(([TableName, writes]) => [
      'BatchWriteItem',
      { TableName, Writes: writes },
    ]),
  TransactGetItems: ({ TransactItems }) =>
    ((TransactItems ?? []) as { Get: Part }[]).map(({ Get }) => ['GetItem', Get]),
  TransactWriteItems: ({ TransactItems }) =>
    ((TransactItems ?? []) as Record<string, Part>[])
      .flatMap((item) => Object.entries(item))
      .map(([kind, part]) => [kind === 'ConditionCheck' ? 'ConditionCheckItem' : `${kind}Item`, part]),
};

export function requestsOf(operation: string, body: Values, tables: TableModel[]): Request[] {
  const parts = COMPOSED[operation]?.(body) ?? [[operation, body]];
  return parts.map(([action, part]) => ({
    action: `dynamodb:${action}`,
    resource: resourceOf(part),
    context: {
      ...contextOf(part, keysOf(part, tables)),
      ...(operation.startsWith('Transact') && { 'dynamodb:EnclosingOperation': operation }),
    },
  }));
}

function resourceOf({ TableName, IndexName }: Part): string {
  if (TableName === undefined) return '*';
  const table = TableName.startsWith('arn:') ? TableName : arn('dynamodb', `table/${TableName}`);
  return IndexName === undefined ? table : `${table}/index/${IndexName}`;
}

function keysOf({ TableName, IndexName }: Part, tables: TableModel[]): KeySchema {
  const table = tables.find(({ createTable }) => createTable.TableName === TableName)?.createTable;
  const indexes = [table?.GlobalSecondaryIndexes, table?.LocalSecondaryIndexes].flatMap(
    (each) => (each ?? []) as { IndexName: string; KeySchema: KeySchema }[],
  );
  const index = indexes.find((each) => each.IndexName === IndexName);
  return (IndexName === undefined ? table?.KeySchema : index?.KeySchema) ?? [];
}

function contextOf(part: Part, keySchema: KeySchema): Request['context'] {
  const context: Record<string, string | string[]> = {};
  const partitionKey = keySchema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName;
  const leading = partitionKey === undefined ? [] : leadingKeys(part, partitionKey);
  if (leading.length > 0) context['dynamodb:LeadingKeys'] = leading;
  const attributes = attributesOf(part);
  if (attributes.length > 0) context['dynamodb:Attributes'] = attributes;
  for (const name of ['Select', 'ReturnValues', 'ReturnConsumedCapacity']) {
    if (typeof part[name] === 'string') context[`dynamodb:${name}`] = part[name];
  }
  return context;
}

/** The values of the partition key, of every item that is asked for. */
function leadingKeys(part: Part, partitionKey: string): string[] {
  const { KeyConditionExpression = '', ExpressionAttributeNames, ExpressionAttributeValues } = part;
  const [, value] =
    [...KeyConditionExpression.matchAll(/([#\w.-]+)\s*=\s*(:\w+)/g)]
      .map(([, name, value]) => [ExpressionAttributeNames?.[name] ?? name, value])
      .find(([name]) => name === partitionKey) ?? [];
  const keys = [
    ...itemsOf(part).map((item) => item[partitionKey]),
    value === undefined ? undefined : ExpressionAttributeValues?.[value],
  ];
  return keys
    .filter((key) => key !== undefined)
    .map((key) => String(Object.values(Object(key) as object)[0]));
}

/** Keys and items, also those of a batch. */
function itemsOf({ Key, Item, Keys, Writes }: Part): Values[] {
  const writes = ((Writes ?? []) as { PutRequest?: { Item: Values }; DeleteRequest?: { Key: Values } }[]).map(
    ({ PutRequest, DeleteRequest }) => PutRequest?.Item ?? DeleteRequest?.Key,
  );
  return [Key, Item, ...((Keys ?? []) as Values[]), ...writes].filter((item) => item !== undefined);
}

/** The top-level attributes that are named, which need not be all that are read. */
function attributesOf(part: Part): string[] {
  const named = Object.entries(part)
    .filter(([name, value]) => name.endsWith('Expression') && typeof value === 'string')
    .flatMap(([, expression]) => namesIn(expression as string))
    .map((name) => part.ExpressionAttributeNames?.[name] ?? name);
  return [...new Set([...itemsOf(part).flatMap(Object.keys), ...named])];
}

const KEYWORDS = /^(set|remove|add|delete|and|or|not|between|in)$/i;

/** Neither values, nor what lies within an attribute, nor functions, nor keywords. */
function namesIn(expression: string): string[] {
  return [...expression.matchAll(/(?<![:#.\w])#?[A-Za-z_]\w*(?!\w|\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !KEYWORDS.test(name));
}
