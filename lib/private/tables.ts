// The two tables as the handlers need them: made so where the user brings none, checked for it where they do.
import { type RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  CfnGlobalTable,
  CfnTable,
  type ITableV2,
  ProjectionType,
  TableEncryptionV2,
  type TablePropsV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Construct } from 'constructs';

export const ROOMS_BY_CONNECTION = 'byConnection';
export const TIME_TO_LIVE_ATTRIBUTE = 'expiresAt';

const roomId = { name: 'roomId', type: AttributeType.STRING };
const connectionId = { name: 'connectionId', type: AttributeType.STRING };

export const CONNECTIONS_TABLE: TablePropsV2 = {
  partitionKey: connectionId,
  timeToLiveAttribute: TIME_TO_LIVE_ATTRIBUTE,
};

export const ROOMS_TABLE: TablePropsV2 = {
  partitionKey: roomId,
  sortKey: connectionId,
  globalSecondaryIndexes: [
    { indexName: ROOMS_BY_CONNECTION, partitionKey: connectionId, projectionType: ProjectionType.KEYS_ONLY },
  ],
  timeToLiveAttribute: TIME_TO_LIVE_ATTRIBUTE,
};

export interface SignalingTableProps {
  readonly schema: TablePropsV2;
  readonly removalPolicy: RemovalPolicy;
  readonly encryptionKey?: IKey;
  readonly pointInTimeRecovery?: boolean;
}

export class SignalingTable extends TableV2 {
  public override readonly encryptionKey?: IKey;

  constructor(scope: Construct, id: string, props: SignalingTableProps) {
    const { schema, removalPolicy, encryptionKey, pointInTimeRecovery } = props;
    super(scope, id, {
      ...schema,
      removalPolicy,
      encryption: encryptionKey && TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: pointInTimeRecovery
        ? { pointInTimeRecoveryEnabled: true }
        : undefined,
    });
    // Not TableEncryptionV2.customerManagedKey: it refuses a stack whose region is not fixed.
    this.encryptionKey = encryptionKey;
    if (encryptionKey) {
      const table = this.node.defaultChild as CfnGlobalTable;
      table.addPropertyOverride('Replicas.0.SSESpecification.KMSMasterKeyId', encryptionKey.keyArn);
    }
  }
}

/** What is wrong with a table that the user brings; of one from outside the app nothing is known. */
export function connectionsTableProblems(table: ITableV2): string[] {
  const schema = schemaOf(table);
  return schema ? keyProblems('connectionsTable', schema, schema.keySchema, ['connectionId (S)']) : [];
}

/** As `connectionsTableProblems`. */
export function roomsTableProblems(table: ITableV2): string[] {
  const schema = schemaOf(table);
  if (!schema) return [];
  const index = schema.globalSecondaryIndexes?.find(({ indexName }) => indexName === ROOMS_BY_CONNECTION);
  return [
    ...keyProblems('roomsTable', schema, schema.keySchema, ['roomId (S)', 'connectionId (S)']),
    ...keyProblems(`roomsTable, index ${ROOMS_BY_CONNECTION}`, schema, index?.keySchema, [
      'connectionId (S)',
    ]),
  ];
}

/** Whether rows would stay for ever where `$disconnect` was lost. */
export function keepsExpiredRows(table: ITableV2): boolean {
  const schema = schemaOf(table);
  return schema !== undefined && schema.timeToLiveSpecification?.attributeName !== TIME_TO_LIVE_ATTRIBUTE;
}

interface Key {
  readonly attributeName: string;
  readonly keyType: 'HASH' | 'RANGE';
}

interface TableSchema {
  readonly attributeDefinitions: { readonly attributeName: string; readonly attributeType: string }[];
  readonly keySchema: Key[];
  readonly globalSecondaryIndexes?: { readonly indexName: string; readonly keySchema: Key[] }[];
  readonly timeToLiveSpecification?: { readonly attributeName?: string };
}

function schemaOf(table: ITableV2): TableSchema | undefined {
  const resource = table.node.defaultChild;
  if (!CfnGlobalTable.isCfnGlobalTable(resource) && !CfnTable.isCfnTable(resource)) return undefined;
  const { attributeDefinitions, keySchema, globalSecondaryIndexes, timeToLiveSpecification } = resource;
  return Stack.of(table).resolve({
    attributeDefinitions,
    keySchema,
    globalSecondaryIndexes,
    timeToLiveSpecification,
  }) as TableSchema;
}

function keyProblems(
  property: string,
  { attributeDefinitions }: TableSchema,
  keySchema: Key[] | undefined,
  expected: string[],
): string[] {
  const types = new Map(attributeDefinitions.map((each) => [each.attributeName, each.attributeType]));
  const keys = keySchema?.map(({ attributeName }) => `${attributeName} (${types.get(attributeName)})`);
  return keys?.join() === expected.join()
    ? []
    : [
        `${property}: ${keys ? `keys ${keys.join(', ')}` : 'absent'}, expected the keys ${expected.join(', ')}`,
      ];
}
