import type { KeySchema, TableModel } from '../model';
import type { Get, StackResources } from './stack-resources';

interface Index {
  IndexName: string;
  KeySchema: KeySchema;
  Projection: { ProjectionType?: string; NonKeyAttributes?: string[] };
}

export function readTable(stack: StackResources, tableId: string, get: Get): TableModel {
  const timeToLive = get('TimeToLiveSpecification') as
    { AttributeName?: string; Enabled?: boolean } | undefined;
  const indexes = (property: string) =>
    (get(property) as Index[] | undefined)?.map(({ IndexName, KeySchema, Projection }) => ({
      IndexName,
      KeySchema,
      Projection,
    }));
  return {
    tableId,
    timeToLiveAttribute: timeToLive?.Enabled ? timeToLive.AttributeName : undefined,
    // On demand, whatever the template says, since nothing is billed here.
    createTable: {
      TableName: stack.intrinsics.physicalName(tableId, tableId),
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: get('AttributeDefinitions'),
      KeySchema: get('KeySchema') as KeySchema,
      GlobalSecondaryIndexes: indexes('GlobalSecondaryIndexes'),
      LocalSecondaryIndexes: indexes('LocalSecondaryIndexes'),
    },
  };
}
