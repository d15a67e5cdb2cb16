// Secrets Manager: the template's secrets in memory, behind as much of the service's HTTP interface as reads and
// rotates them.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AwsError } from '../aws-error';
import { arn } from '../gateway/aws-names';
import { accessKeyIdOf } from '../iam/credentials';
import type { Guard, Request } from '../iam/guard';
import { decryptionBy, type Keys } from '../iam/keys';
import type { Clock, SecretModel } from '../model';
import { Secret, type SecretContent } from './secret';

export interface SecretsManager {
  /** `http://127.0.0.1:PORT` */
  endpoint: string;
  close(): Promise<void>;
}

type Input = SecretContent & {
  SecretId?: string;
  VersionId?: string;
  VersionStage?: string;
  ClientRequestToken?: string;
  VersionStages?: string[];
};

/** A request of more than this is no secret: 65,536 bytes are the most that one holds. */
const BODY_BYTES = 256 * 1024;

/** Where calls are judged; those of whoever is no function, a test for one, are let through. */
export interface SecretsGuard {
  guard: Guard;
  keys: Keys;
}

export async function startSecretsManager(
  models: SecretModel[],
  clock: Clock,
  guarded?: SecretsGuard,
): Promise<SecretsManager> {
  const seconds = () => clock.now() / 1000;
  const secrets = models.map((model) => new Secret(model, seconds()));

  const operations: Record<string, (secret: Secret, input: Input) => object> = {
    GetSecretValue: (secret, { VersionId, VersionStage }) => secret.get(VersionId, VersionStage),
    DescribeSecret: (secret) => secret.describe(),
    PutSecretValue: (secret, { SecretString, SecretBinary, ClientRequestToken, VersionStages }) => {
      if ((SecretString === undefined) === (SecretBinary === undefined)) {
        throw new AwsError(
          'InvalidRequestException',
          'You must provide either SecretString or SecretBinary.',
        );
      }
      return secret.put(
        { SecretString, SecretBinary },
        ClientRequestToken ?? randomUUID(),
        VersionStages ?? ['AWSCURRENT'],
        seconds(),
      );
    },
  };

  const answer = async (request: IncomingMessage): Promise<object> => {
    const body = await read(request);
    const operation = /^secretsmanager\.(\w+)$/.exec(String(request.headers['x-amz-target']))?.[1];
    const run = operation === undefined ? undefined : operations[operation];
    if (!run) throw new AwsError('UnknownOperationException', `cannot play ${operation}`);
    const input = parse(body);
    if (guarded) await check(guarded, request, requestOf(operation!, input, models));
    const secret = secrets.find(({ model }) => isNamedBy(model, input.SecretId));
    if (!secret) {
      throw new AwsError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    }
    return run(secret, input);
  };

  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    answer(request).then(
      (output) => write(response, 200, output),
      (error: unknown) => {
        if (!(error instanceof AwsError)) return response.destroy();
        // The service's own spelling of `message` has a capital.
        write(response, error.status, { __type: error.code, Message: error.message });
      },
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function check({ guard, keys }: SecretsGuard, { headers }: IncomingMessage, request: Request) {
  const caller = guard.callerOf(accessKeyIdOf(headers.authorization));
  if (!caller) return;
  // The key is asked for what only whoever may read the secret gets to.
  const refusal = await guard.refusal(caller, [
    request,
    ...decryptionBy('secretsmanager', keys, request.resource),
  ]);
  if (refusal !== undefined) throw new AwsError('AccessDeniedException', refusal);
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html */
function requestOf(operation: string, input: Input, models: SecretModel[]): Request {
  const { SecretId = '', VersionId, VersionStage } = input;
  const known = models.find((model) => isNamedBy(model, SecretId));
  const resource =
    known?.arn ?? (SecretId.startsWith('arn:') ? SecretId : arn('secretsmanager', `secret:${SecretId}`));
  return {
    action: `secretsmanager:${operation}`,
    resource,
    context: {
      'secretsmanager:SecretId': SecretId,
      ...(VersionId !== undefined && { 'secretsmanager:VersionId': VersionId }),
      ...(operation === 'GetSecretValue' && { 'secretsmanager:VersionStage': VersionStage ?? 'AWSCURRENT' }),
    },
  };
}

/** By name, by ARN, or by ARN without the six characters that Secrets Manager appends. */
function isNamedBy({ arn, name }: SecretModel, id: string | undefined): boolean {
  return id !== undefined && [name, arn, arn.replace(/-\w{6}$/, '')].includes(id);
}

function parse(body: string): Input {
  try {
    return Object(JSON.parse(body)) as Input;
  } catch {
    throw new AwsError('SerializationException', 'the body is not JSON');
  }
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= BODY_BYTES) chunks.push(chunk);
  }
  if (bytes > BODY_BYTES)
    throw new AwsError('ValidationException', `the body has more than ${BODY_BYTES} bytes`);
  return Buffer.concat(chunks).toString();
}

function write(response: ServerResponse, status: number, value: object): void {
  response
    .writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() })
    .end(JSON.stringify(value));
}
