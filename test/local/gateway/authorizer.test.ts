// The authorizer of $connect: what it is asked, and what its answers come to.
import { isEvent, open, play, refusal, stopAll, type Handler } from './harness';

afterEach(stopAll);

const QUERY = 'route.request.querystring.token';

function policy(Effect: string, Resource: string | string[]) {
  return { Version: '2012-10-17', Statement: [{ Action: 'execute-api:Invoke', Effect, Resource }] };
}

const allow: Handler = ({ methodArn }) => ({
  principalId: 'someone',
  policyDocument: policy('Allow', methodArn),
});

function playAuthorized(authorizer: Handler, identitySources = [QUERY]) {
  return play({
    routes: { $connect: { authorizer: { functionId: 'authorizer', identitySources } } },
    functions: { authorizer, $default: () => ({ statusCode: 200 }) },
  });
}

test.each([
  ['missing from the query', [QUERY], '?other=1', {}],
  ['empty in the query', [QUERY], '?token=', {}],
  ['missing from the headers', ['route.request.header.Sec-WebSocket-Protocol'], '', {}],
  ['empty in the headers', ['route.request.header.X-Token'], '', { 'X-Token': '' }],
  ['one of two', [QUERY, 'route.request.header.X-Token'], '?token=t', {}],
])('an identity source %s: 401, and the authorizer is not invoked', async (_, sources, query, headers) => {
  const { url, events } = await playAuthorized(allow, sources);
  expect(await refusal(url + query, { headers: headers })).toBe(401);
  expect(events.all).toEqual([]);
});

test('identity sources are found in the query and, whatever their case, in the headers', async () => {
  const { url, events } = await playAuthorized(allow, [QUERY, 'route.request.header.x-TOKEN']);
  await open(`${url}?token=t`, [], { headers: { 'X-Token': 'h' } });
  expect(events.all.map(({ type, requestContext }) => type ?? requestContext.eventType)).toEqual([
    'REQUEST',
    'CONNECT',
  ]);
});

test('an authorizer that throws Unauthorized: 401', async () => {
  const { url } = await playAuthorized(() => {
    throw new Error('Unauthorized');
  });
  expect(await refusal(`${url}?token=t`)).toBe(401);
});

test('an authorizer that returns Deny: 403, and $connect does not run', async () => {
  const { url, events } = await playAuthorized(({ methodArn }) => ({
    principalId: 'someone',
    policyDocument: policy('Deny', methodArn),
  }));
  expect(await refusal(`${url}?token=t`)).toBe(403);
  expect(events.all.filter(({ type }) => type !== 'REQUEST')).toEqual([]);
});

test('an authorizer that allows something else: 403', async () => {
  const { url } = await playAuthorized(({ methodArn }) => ({
    principalId: 'someone',
    policyDocument: policy('Allow', methodArn.replace('prod', 'staging')),
  }));
  expect(await refusal(`${url}?token=t`)).toBe(403);
});

test.each<[string, Handler]>([
  [
    'throws anything else',
    () => {
      throw new Error('unauthorized');
    },
  ],
  ['returns a status instead of a policy', () => ({ statusCode: 401 })],
  ['returns nothing', () => undefined],
  [
    'returns a policy without statements',
    () => ({ principalId: 'someone', policyDocument: { Statement: [] } }),
  ],
  ['returns no principalId', ({ methodArn }) => ({ policyDocument: policy('Allow', methodArn) })],
  [
    'returns an object in its context',
    (event) => ({ ...(allow(event) as object), context: { roles: ['a'] } }),
  ],
  [
    'returns more than 8 KB',
    (event) => ({ ...(allow(event) as object), context: { long: 'x'.repeat(8192) } }),
  ],
])('an authorizer that %s: 500', async (_, authorizer) => {
  const { url } = await playAuthorized(authorizer);
  expect(await refusal(`${url}?token=t`)).toBe(500);
});

test("the authorizer gets CONNECT's event with type, methodArn and stageVariables", async () => {
  const { url, events } = await play({
    routes: { $connect: { authorizer: { functionId: 'authorizer', identitySources: [QUERY] } } },
    functions: { authorizer: allow },
    api: { stages: [{ stageName: 'prod', variables: { colour: 'blue' } }] },
  });
  await open(`${url}?token=t`);
  const [authorizing, connecting] = events.all;
  expect(authorizing).toMatchObject({
    type: 'REQUEST',
    methodArn: 'arn:aws:execute-api:us-east-1:000000000000:a1b2c3d4e5/prod/$connect',
    stageVariables: { colour: 'blue' },
    headers: connecting.headers,
    multiValueHeaders: connecting.multiValueHeaders,
    queryStringParameters: { token: 't' },
    multiValueQueryStringParameters: { token: ['t'] },
    requestContext: { eventType: 'CONNECT', routeKey: '$connect' },
  });
  expect(authorizing.requestContext.connectionId).toBe(connecting.requestContext.connectionId);
});

test('principalId and the context come back on every later event, each value a string', async () => {
  const { url, events } = await playAuthorized((event) => ({
    ...(allow(event) as object),
    context: { userId: 'ada', level: 3, admin: true },
  }));
  const client = await open(`${url}?token=t`);
  client.ws.send('hello');
  await events.first(isEvent('MESSAGE'));
  client.ws.close();
  await events.first(isEvent('DISCONNECT'));
  const authorizer = { principalId: 'someone', userId: 'ada', level: '3', admin: 'true' };
  expect(events.all.slice(1).map(({ requestContext }) => requestContext.authorizer)).toEqual([
    authorizer,
    authorizer,
    authorizer,
  ]);
});

test('the authorizer is asked for each connection: its answer is never cached', async () => {
  const { url, events } = await playAuthorized(allow);
  await open(`${url}?token=t`);
  await open(`${url}?token=t`);
  expect(events.all.filter(({ type }) => type === 'REQUEST')).toHaveLength(2);
});

test('an identity source that the gateway cannot read is refused at the start, by name', async () => {
  await expect(playAuthorized(allow, ['stageVariables.token'])).rejects.toThrow(
    'cannot play the identity source "stageVariables.token" of Api',
  );
});
