import type { TableModel } from '../model';
import type { StackResources } from './stack-resources';

interface Index {
  IndexName: string;
  KeySchema: { AttributeName: string; KeyType: string }[];
  Projection: { ProjectionType?: string; NonKeyAttributes?: string[] };
}

export function readTable(
  stack: StackResources,
  tableId: string,
  get: (property: string) => unknown,
): TableModel {
  if (get('StreamSpecification') !== undefined) {
    stack.problem(`${tableId}.StreamSpecification: cannot play streams`);
  }
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
    // The request that makes it; on demand, whatever the template says, since nothing is billed here.
    createTable: {
      TableName: stack.intrinsics.physicalName(tableId, tableId),
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: get('AttributeDefinitions'),
      KeySchema: get('KeySchema'),
      GlobalSecondaryIndexes: indexes('GlobalSecondaryIndexes'),
      LocalSecondaryIndexes: indexes('LocalSecondaryIndexes'),
    },
  };
}
