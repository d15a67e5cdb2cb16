// Stands before the embedded database where calls are judged: lets through what the caller may do, and answers the
// rest as DynamoDB does.
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AwsError } from '../aws-error';
import { accessKeyIdOf } from '../iam/credentials';
import type { Guard } from '../iam/guard';
import { decryptionBy, type Keys } from '../iam/keys';
import type { TableModel } from '../model';
import { requestsOf } from './requests-of';

export interface GuardedDynamoDb {
  /** `http://127.0.0.1:PORT` */
  endpoint: string;
  close(): Promise<void>;
}

/** @param endpoint of the database itself */
export async function guardDynamoDb(
  endpoint: string,
  tables: TableModel[],
  keys: Keys,
  guard: Guard,
): Promise<GuardedDynamoDb> {
  const agent = new Agent({ keepAlive: true });

  const check = async ({ headers }: IncomingMessage, body: Buffer) => {
    const caller = guard.callerOf(accessKeyIdOf(headers.authorization));
    if (!caller) {
      throw new AwsError(
        'com.amazon.coral.service#UnrecognizedClientException',
        'The security token included in the request is invalid.',
      );
    }
    const operation = /^DynamoDB_\d+\.(\w+)$/.exec(String(headers['x-amz-target']))?.[1] ?? '';
    const requests = requestsOf(operation, parse(body), tables);
    const refusal = await guard.refusal(caller, [
      ...requests,
      ...requests.flatMap(({ resource }) => decryptionBy('dynamodb', keys, resource)),
    ]);
    if (refusal !== undefined) {
      throw new AwsError('com.amazon.coral.service#AccessDeniedException', refusal);
    }
  };

  const serve = async (incoming: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    try {
      await check(incoming, body);
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      response
        .writeHead(error.status, { 'content-type': 'application/x-amz-json-1.0' })
        .end(JSON.stringify({ __type: error.code, Message: error.message }));
      return;
    }
    const { method, url, headers } = incoming;
    const outgoing = request(new URL(url ?? '/', endpoint), { method, headers, agent });
    outgoing.end(body);
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
    response.writeHead(answer.statusCode!, answer.headers);
    answer.pipe(response);
  };

  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, response) => {
    serve(incoming, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
      agent.destroy();
    },
  };
}

/** What is no JSON the database refuses by itself. */
function parse(body: Buffer): Record<string, unknown> {
  try {
    return Object(JSON.parse(body.toString())) as Record<string, unknown>;
  } catch {
    return {};
  }
}
