// `@connections`: how functions write to a client, look it up and end it, with the answers
// and errors of the API Gateway Management API.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { accessKeyIdOf } from '../iam/credentials';
import { isId, methodArn } from './aws-names';
import type { Connection } from './connection';
import type { GatewayContext } from './context';
import { MESSAGE_BYTES } from './limits';

/** Answers a request to `/{stage}/@connections/{id}`, of which `segments` are the decoded parts. */
export async function answerCallback(
  context: GatewayContext,
  segments: string[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [stageName = '', , ...ids] = segments;
  const connectionId = ids.join('/');
  // Read to its end even where it is too long, or the client sees a reset in place of the answer.
  const body = await read(request);
  const method = request.method ?? '';
  const refusal = await refusalOf(context, stageName, connectionId, request);
  const answer =
    refusal !== undefined
      ? failure(403, 'ForbiddenException', refusal)
      : isId(connectionId)
        ? act(context, stageName, connectionId, method, body.content)
        : failure(400, 'BadRequestException', `Invalid connectionId: ${connectionId}`);
  context.log({
    event: 'callback',
    at: context.clock.now(),
    stage: stageName,
    connectionId,
    method,
    status: answer.status,
    bytes: body.bytes,
  });
  response.writeHead(answer.status, answer.headers).end(answer.body);
}

/** Where calls are judged, a function's is; whoever is none, a person with curl for one, is let through. */
async function refusalOf(
  { api, guard }: GatewayContext,
  stageName: string,
  connectionId: string,
  { method, headers }: IncomingMessage,
): Promise<string | undefined> {
  const caller = guard?.callerOf(accessKeyIdOf(headers.authorization));
  return (
    caller &&
    guard?.refusal(caller, [
      {
        action: 'execute-api:ManageConnections',
        resource: methodArn(api.apiId, stageName, `${method}/@connections/${connectionId}`),
      },
    ])
  );
}

interface CallbackAnswer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
}

/** `content`: undefined where it was too long. */
function act(
  { connections }: GatewayContext,
  stageName: string,
  connectionId: string,
  method: string,
  content: string | undefined,
): CallbackAnswer {
  const connection = connections.get(connectionId);
  const isGone = !connection?.isOpen || connection.facts.stage.stageName !== stageName;
  switch (method) {
    case 'POST':
      if (content === undefined) return failure(413, 'PayloadTooLargeException', 'Message too long');
      if (isGone) return GONE;
      if (connection.isBufferFull) return failure(429, 'LimitExceededException', 'Client buffer is full');
      connection.send(content);
      return { status: 200 };
    case 'GET':
      return isGone ? GONE : json(200, describe(connection));
    case 'DELETE':
      if (isGone) return GONE;
      connection.close({ code: 1000, reason: 'Connection Closed Normally' });
      return { status: 204 };
    default:
      return failure(403, 'ForbiddenException', 'Forbidden');
  }
}

function describe({ facts, lastActiveAt }: Connection) {
  return {
    connectedAt: new Date(facts.connectedAt).toISOString(),
    identity: { sourceIp: facts.identity.sourceIp, userAgent: facts.identity.userAgent },
    lastActiveAt: new Date(lastActiveAt).toISOString(),
  };
}

function json(status: number, value: unknown, headers: Record<string, string> = {}): CallbackAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) };
}

/** The header is how the SDK names the error: without it `instanceof GoneException` never matches. */
function failure(status: number, errorType: string, message: string): CallbackAnswer {
  return json(status, { message }, { 'x-amzn-errortype': errorType });
}

const GONE = failure(410, 'GoneException', 'Gone');

async function read(request: IncomingMessage): Promise<{ bytes: number; content?: string }> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MESSAGE_BYTES) chunks.push(chunk);
  }
  return bytes <= MESSAGE_BYTES ? { bytes, content: Buffer.concat(chunks).toString() } : { bytes };
}
