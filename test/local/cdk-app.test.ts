// What takes more than one API, or a real app: ports, mocks, authorizers, inline code.
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { App, Stack } from 'aws-cdk-lib';
import { CfnIntegrationResponse, WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import {
  WebSocketLambdaIntegration,
  WebSocketMockIntegration,
} from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { play } from 'webrtc-signaling-local';
import { Wire } from '../support/wire';
import { folderWith } from './temporary-folder';

process.env.CDK_VALIDATION = 'false';

let assembly: string;

beforeAll(() => {
  const stack = new Stack(new App({ outdir: folderWith() }), 'Stack');
  const inline = (id: string, code: string) =>
    new Function(stack, id, {
      runtime: Runtime.NODEJS_22_X,
      handler: 'index.handler',
      code: Code.fromInline(code),
    });

  const guarded = new WebSocketApi(stack, 'Guarded', {
    connectRouteOptions: {
      integration: new WebSocketLambdaIntegration(
        'Connect',
        inline('Connect', 'exports.handler = async () => ({ statusCode: 200 });'),
      ),
      authorizer: new WebSocketLambdaAuthorizer(
        'Authorizer',
        inline(
          'Authorize',
          `exports.handler = async ({ methodArn, queryStringParameters: { token } }) => ({
            principalId: token,
            policyDocument: {
              Version: '2012-10-17',
              Statement: [{ Action: 'execute-api:Invoke', Effect: token === 'good' ? 'Allow' : 'Deny', Resource: methodArn }],
            },
          });`,
        ),
        { identitySource: ['route.request.querystring.token'] },
      ),
    },
  });
  guarded.addRoute('who', {
    integration: new WebSocketLambdaIntegration(
      'Who',
      inline(
        'WhoAmI',
        'exports.handler = async ({ requestContext }) => ({ body: JSON.stringify(requestContext.authorizer) });',
      ),
    ),
    returnResponse: true,
  });
  const ping = guarded.addRoute('ping', {
    integration: new WebSocketMockIntegration('Ping', {
      requestTemplates: { $default: '{"statusCode":200}' },
    }),
    returnResponse: true,
  });
  const integration = ping.node.findChild('Ping').node.defaultChild as unknown as { ref: string };
  new CfnIntegrationResponse(stack, 'Pong', {
    apiId: guarded.apiId,
    integrationId: integration.ref,
    integrationResponseKey: '$default',
    responseTemplates: { $default: '{"pong":true}' },
  });
  new WebSocketStage(stack, 'GuardedStage', { webSocketApi: guarded, stageName: 'prod', autoDeploy: true });

  const open = new WebSocketApi(stack, 'Open');
  new WebSocketStage(stack, 'OpenStage', { webSocketApi: open, stageName: 'dev', autoDeploy: true });
  assembly = (stack.node.root as App).synth().directory;
});

it('plays what the CDK makes of an authorizer, inline code and a mock', async () => {
  const playing = await play({ assembly });
  await expect(Wire.open(playing.url)).rejects.toThrow('401');
  await expect(Wire.open(`${playing.url}?token=bad`)).rejects.toThrow('403');
  const wire = await Wire.open(`${playing.url}?token=good`);
  wire.send({ action: 'who' });
  expect(await wire.next(() => true)).toEqual({ principalId: 'good' });
  wire.send({ action: 'ping' });
  expect(await wire.next(() => true)).toEqual({ pong: true });
  await wire.close();
  await playing.close();
});

it('gives the first API the port asked for, and the others the next that are free', async () => {
  // None that the system hands out to the tests beside this one.
  const port = 20_000 + Math.floor(Math.random() * 10_000);
  // The next port is taken by somebody.
  const taken = createServer().listen(port + 1, '127.0.0.1');
  await once(taken, 'listening');
  const playing = await play({ assembly, port });
  const [first, second] = playing.urls.map((url) => new URL(url));
  expect([Number(first.port), first.pathname, second.pathname]).toEqual([port, '/prod', '/dev']);
  expect(Number(second.port)).toBeGreaterThan((taken.address() as AddressInfo).port);
  await playing.close();
  taken.close();
});

it('leaves nothing listening where a port is in use', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  await expect(play({ assembly, port })).rejects.toMatchObject({ code: 'EADDRINUSE', port });
  taken.close();
});
