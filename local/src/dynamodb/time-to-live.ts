import type { Clock, TableModel } from '../model';
import { type Call, DynamoDbError } from './call';

/** DynamoDB itself takes up to some days; what relies on a row that is past its time shows sooner here. */
const SWEEP_EVERY_MS = 60_000;

/** Deletes the rows whose time to live is past, again and again. */
export function startTimeToLive(tables: TableModel[], call: Call, clock: Clock): { stop(): Promise<void> } {
  let stopped = false;
  let sweeping: Promise<unknown> = Promise.resolve();
  let cancel = () => {};
  const sweepLater = () => {
    cancel = clock.after(SWEEP_EVERY_MS, () => {
      const now = Math.floor(clock.now() / 1000);
      // A table that an app has deleted by itself does not stop the others.
      sweeping = Promise.allSettled(tables.map((table) => sweep(table, call, now))).then(() => {
        if (!stopped) sweepLater();
      });
    });
  };
  sweepLater();
  return {
    async stop() {
      stopped = true;
      cancel();
      await sweeping;
    },
  };
}

type Item = Record<string, unknown>;

async function sweep({ createTable, timeToLiveAttribute }: TableModel, call: Call, now: number) {
  if (timeToLiveAttribute === undefined) return;
  const { TableName, KeySchema } = createTable;
  const past = '#ttl < :now';
  const values = {
    ExpressionAttributeNames: { '#ttl': timeToLiveAttribute },
    ExpressionAttributeValues: { ':now': { N: String(now) } },
  };
  let ExclusiveStartKey: Item | undefined;
  do {
    const page = (await call('Scan', {
      TableName,
      FilterExpression: past,
      ExclusiveStartKey,
      ...values,
    })) as { Items: Item[]; LastEvaluatedKey?: Item };
    for (const item of page.Items) {
      const Key = Object.fromEntries(
        KeySchema.map(({ AttributeName }) => [AttributeName, item[AttributeName]]),
      );
      // Not if it was written anew since.
      await call('DeleteItem', { TableName, Key, ConditionExpression: past, ...values }).catch(unlessRenewed);
    }
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
}

function unlessRenewed(error: unknown): void {
  if (!(error instanceof DynamoDbError) || error.code !== 'ConditionalCheckFailedException') throw error;
}
