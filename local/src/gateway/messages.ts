// What a client sends: the route that it selects, and what of the outcome the client is told, as on AWS.
import type { Connection } from './connection';
import type { GatewayContext } from './context';
import { messageEvent } from './events';
import { playRoute } from './integration';

/**
 * Dispatches one message at once, whatever else its connection has in progress: nothing promises that two messages
 * are handled in order, or one after the other.
 */
export async function handleMessage(
  context: GatewayContext,
  connection: Connection,
  body: string,
): Promise<void> {
  const { facts } = connection;
  const now = context.clock.now();
  const selected = context.selectRoute(body);
  // `$connect` and `$disconnect` are the gateway's own: that a client who asks for them gets `$default` is our choice.
  const routeKey =
    selected && !selected.startsWith('$') && context.routes.has(selected) ? selected : '$default';
  const route = context.routes.get(routeKey);
  const event = messageEvent(facts, now, routeKey, body);

  const refuse = (message: string) => {
    const { connectionId, requestId } = event.requestContext;
    connection.send(JSON.stringify({ message, connectionId, requestId }));
  };
  const refuseUnplayed = (outcome: 'no-route' | 'throttled', message: string) => {
    const { connectionId, stage } = facts;
    context.log({ event: 'route', at: now, stage: stage.stageName, connectionId, routeKey, outcome, ms: 0 });
    refuse(message);
  };

  if (!route) return refuseUnplayed('no-route', 'Forbidden');
  if (!context.stages.get(facts.stage.stageName)!.throttle.admits(routeKey)) {
    return refuseUnplayed('throttled', 'Too Many Requests');
  }

  const invocation = await playRoute(context, facts, route, event, (payload) =>
    route.hasRouteResponse && !['string', 'undefined'].includes(typeof bodyOf(payload))
      ? 'the body is not a string'
      : undefined,
  );
  if (invocation.outcome !== 'returned') return refuse('Internal server error');
  // On a one-way route whatever is returned is silent, an error status too.
  const answer = route.hasRouteResponse ? bodyOf(invocation.payload) : undefined;
  if (answer !== undefined) connection.send(answer as string);
}

function bodyOf(payload: unknown): unknown {
  return (payload as { body?: unknown } | null | undefined)?.body;
}
