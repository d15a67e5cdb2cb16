// The REQUEST authorizer of `$connect`, with the status that AWS answers for each way in which it can refuse or fail.
import type { IncomingHttpHeaders } from 'node:http';
import type { ApiModel, AuthorizerModel } from '../model';
import type { GatewayContext } from './context';
import { authorizerEvent, type ConnectionFacts } from './events';
import type { HandshakeRequest } from './handshake-request';
import { errorOf, invokeWithin } from './integration';
import { AUTHORIZER_RESULT_BYTES, AUTHORIZER_TIMEOUT_MS } from './limits';
import { allows } from './policy';

export type Authorization =
  | { allowed: true; authorizer: Record<string, string> }
  | { allowed: false; status: 401 | 403 | 500; error: string };

const IDENTITY_SOURCE = /^route\.request\.(querystring|header)\.(.+)$/;

/** @throws Error where an authorizer wants an identity source that the gateway cannot read */
export function checkIdentitySources(api: ApiModel): void {
  for (const { authorizer } of api.routes) {
    const unknown = authorizer?.identitySources.find((source) => !IDENTITY_SOURCE.test(source));
    if (unknown !== undefined) {
      throw new Error(
        `cannot play the identity source ${JSON.stringify(unknown)} of ${api.logicalId}: ` +
          'expected route.request.querystring.NAME or route.request.header.NAME',
      );
    }
  }
}

export async function authorize(
  context: GatewayContext,
  facts: ConnectionFacts,
  model: AuthorizerModel,
  request: HandshakeRequest,
  headers: IncomingHttpHeaders,
): Promise<Authorization> {
  const missing = model.identitySources.find((source) => !identity(source, request, headers));
  if (missing) return refused(401, `the identity source ${missing} is missing`);

  const event = authorizerEvent(facts, request);
  const invocation = await invokeWithin(context, model.functionId, event, AUTHORIZER_TIMEOUT_MS);
  if (invocation.outcome !== 'returned') {
    const unauthorized = invocation.outcome === 'threw' && invocation.errorMessage === 'Unauthorized';
    return refused(unauthorized ? 401 : 500, `the authorizer failed: ${errorOf(invocation)}`);
  }
  try {
    const authorizer = contextOf(invocation.payload);
    const { policyDocument } = invocation.payload as { policyDocument?: unknown };
    return allows(policyDocument, event.methodArn)
      ? { allowed: true, authorizer }
      : refused(403, 'the authorizer denied it');
  } catch (error) {
    return refused(500, (error as Error).message);
  }
}

function identity(source: string, request: HandshakeRequest, headers: IncomingHttpHeaders) {
  const [, place, name] = IDENTITY_SOURCE.exec(source)!;
  return place === 'header' ? headers[name.toLowerCase()] : request.queryStringParameters?.[name];
}

/** `principalId` and the context, each value a string. */
function contextOf(payload: unknown): Record<string, string> {
  if (Buffer.byteLength(JSON.stringify(payload) ?? '') > AUTHORIZER_RESULT_BYTES) {
    throw new Error(`the authorizer returned more than ${AUTHORIZER_RESULT_BYTES} bytes`);
  }
  const { principalId, context = {} } = (payload ?? {}) as { principalId?: unknown; context?: object };
  if (typeof principalId !== 'string') throw new Error('the authorizer returned no principalId');
  const values = Object.entries({ principalId, ...context } as Record<string, unknown>);
  const nested = values.find(([, value]) => typeof value === 'object' && value !== null);
  if (nested) throw new Error(`the authorizer's context has an object in ${nested[0]}: expected a string`);
  return Object.fromEntries(values.map(([name, value]) => [name, String(value)]));
}

function refused(status: 401 | 403 | 500, error: string): Authorization {
  return { allowed: false, status, error };
}
