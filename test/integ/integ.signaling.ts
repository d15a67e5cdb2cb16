// For a real account: deploys a service with every default, and has a function connect, relay and disconnect.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExpectedResult, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { WebRtcSignaling } from '../../lib/index';

const app = new App();
const stack = new Stack(app, 'IntegSignaling');
const signaling = new WebRtcSignaling(stack, 'Signaling');
const caller = new Function(stack, 'Caller', {
  runtime: Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: Code.fromInline(readFileSync(join(__dirname, 'caller.js'), 'utf8')),
  environment: { SIGNALING_URL: signaling.url },
  timeout: Duration.seconds(30),
});

const integ = new IntegTest(app, 'Integ', { testCases: [stack] });
integ.assertions
  .invokeFunction({ functionName: caller.functionName })
  .expect(
    ExpectedResult.objectLike({ Payload: JSON.stringify({ offer: 'an offer', reason: 'disconnected' }) }),
  );
