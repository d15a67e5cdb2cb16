// Whether a client gets its connection: throttle, authorizer or signature, `$connect`, in this order, with
// the status that AWS answers for each refusal.
import type { IncomingMessage } from 'node:http';
import { authorize } from './authorizer';
import type { IamIdentity } from '../iam/principal';
import type { GatewayContext, Stage } from './context';
import { connectEvent, type ConnectionFacts } from './events';
import { authorizeByIam } from './iam-authorization';
import { readHandshake } from './handshake-request';
import { playRoute } from './integration';

export type Verdict =
  | {
      accepted: true;
      /** What every later event says that the authorizer said. */
      authorizer?: Record<string, string>;
      /** Who signed, which every later event says too. */
      principal?: IamIdentity;
      subprotocol?: string;
    }
  | { accepted: false; status: number; error?: string };

export async function judgeConnect(
  context: GatewayContext,
  stage: Stage,
  facts: ConnectionFacts,
  request: IncomingMessage,
): Promise<Verdict> {
  if (!stage.throttle.admits('$connect')) return { accepted: false, status: 429 };
  const route = context.routes.get('$connect');
  if (!route) return { accepted: true };

  const handshake = readHandshake(request, facts.connectedAt);
  let authorizer: Record<string, string> | undefined;
  if (route.authorizer) {
    const authorization = await authorize(context, facts, route.authorizer, handshake, request.headers);
    if (!authorization.allowed) return { ...authorization, accepted: false };
    authorizer = authorization.authorizer;
  }

  let principal: IamIdentity | undefined;
  if (route.wantsSignature) {
    const authorization = await authorizeByIam(context, facts, request);
    if (!authorization.allowed) return { ...authorization, accepted: false };
    principal = authorization.identity;
  }

  const identity = { ...facts.identity, ...principal };
  const event = connectEvent({ ...facts, identity, authorizer }, handshake);
  const invocation = await playRoute(context, facts, route, event, (payload) =>
    statusOf(payload) === undefined ? 'the result has no statusCode from 200 to 599' : undefined,
  );
  if (invocation.outcome === 'threw') return { accepted: false, status: 502 };
  if (invocation.outcome === 'timed-out') return { accepted: false, status: 504 };
  const status = statusOf(invocation.payload)!;
  if (status >= 300) return { accepted: false, status };
  return { accepted: true, authorizer, principal, subprotocol: subprotocolOf(invocation.payload) };
}

function statusOf(payload: unknown): number | undefined {
  const status = Number((payload as { statusCode?: unknown } | null | undefined)?.statusCode);
  return Number.isInteger(status) && status >= 200 && status <= 599 ? status : undefined;
}

function subprotocolOf(payload: unknown): string | undefined {
  const { headers } = payload as { headers?: Record<string, unknown> | null };
  const header = Object.entries(headers ?? {}).find(
    ([name]) => name.toLowerCase() === 'sec-websocket-protocol',
  );
  return typeof header?.[1] === 'string' ? header[1] : undefined;
}
