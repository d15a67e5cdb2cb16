// Runs what stands behind a route or an authorizer, for as long as the gateway waits for it.
import type { Clock, Invocation, Invoke, RouteModel } from '../model';
import type { GatewayContext } from './context';
import type { ConnectionFacts, GatewayEvent } from './events';

/**
 * Runs a route's integration and logs what came of it. `complaint` says what is wrong with a result that the
 * gateway cannot use, which makes it a failure.
 */
export async function playRoute(
  context: GatewayContext,
  facts: ConnectionFacts,
  route: RouteModel,
  event: GatewayEvent,
  complaint: (payload: unknown) => string | undefined = () => undefined,
): Promise<Invocation> {
  const { integration } = route;
  const startedAt = context.clock.now();
  let invocation: Invocation =
    integration.type === 'lambda'
      ? await invokeWithin(context, integration.functionId, event, integration.timeoutMs)
      : {
          outcome: 'returned',
          payload: { statusCode: integration.statusCode, body: integration.body },
        };
  const wrong = invocation.outcome === 'returned' ? complaint(invocation.payload) : undefined;
  if (wrong) invocation = { outcome: 'threw', errorType: 'MalformedResult', errorMessage: wrong };
  context.log({
    event: 'route',
    at: context.clock.now(),
    stage: facts.stage.stageName,
    connectionId: facts.connectionId,
    routeKey: event.requestContext.routeKey,
    functionId: integration.type === 'lambda' ? integration.functionId : undefined,
    outcome: invocation.outcome,
    ms: context.clock.now() - startedAt,
    error: errorOf(invocation),
  });
  return invocation;
}

/**
 * `timed-out`: the gateway gave up waiting; the function goes on, and what it returns is lost. A function that ran
 * into its own time-out, or could not be run at all, has failed like one that throws.
 */
export function invokeWithin(
  { invoke, clock }: { invoke: Invoke; clock: Clock },
  functionId: string,
  event: unknown,
  timeoutMs: number,
): Promise<Invocation> {
  return new Promise((resolve) => {
    const stopWaiting = clock.after(timeoutMs, () => resolve({ outcome: 'timed-out' }));
    void settle(invoke, functionId, event).then((invocation) => {
      stopWaiting();
      resolve(invocation);
    });
  });
}

async function settle(invoke: Invoke, functionId: string, event: unknown): Promise<Invocation> {
  try {
    const invocation = await invoke(functionId, event);
    return invocation.outcome === 'timed-out'
      ? {
          outcome: 'threw',
          errorType: 'Sandbox.Timedout',
          errorMessage: 'the function ran into its time-out',
        }
      : invocation;
  } catch (error) {
    return { outcome: 'threw', errorType: 'Runtime.Unknown', errorMessage: String(error) };
  }
}

export function errorOf(invocation: Invocation): string | undefined {
  if (invocation.outcome === 'threw') return `${invocation.errorType}: ${invocation.errorMessage}`;
  return invocation.outcome === 'timed-out' ? 'the integration timed out' : undefined;
}
