// For a real account: deploys a service with every default, and has a function connect, relay and disconnect.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExpectedResult, IntegTest } from '@aws-cdk/integ-tests-alpha';
import { Annotations, App, Duration, Stack } from 'aws-cdk-lib';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { WebRtcSignaling } from '../../lib/index';
import { synthesizeForRunner } from './synthesize';

const app = new App({ treeMetadata: false });
const stack = new Stack(app, 'IntegSignaling');
const signaling = new WebRtcSignaling(stack, 'Signaling');
// It is there for the seconds that the test takes.
Annotations.of(signaling).acknowledgeWarning('cdk-webrtc-signaling:noAuthorization');
const caller = new Function(stack, 'Caller', {
  runtime: Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: Code.fromInline(readFileSync(join(__dirname, 'caller.js'), 'utf8')),
  environment: { SIGNALING_URL: signaling.url },
  timeout: Duration.seconds(30),
});

// The snapshot is without its assets, so there is nothing to deploy ahead of the update.
const integ = new IntegTest(app, 'Integ', { testCases: [stack], stackUpdateWorkflow: false });
integ.assertions
  .invokeFunction({ functionName: caller.functionName })
  .expect(
    ExpectedResult.objectLike({ Payload: JSON.stringify({ offer: 'an offer', reason: 'disconnected' }) }),
  );

synthesizeForRunner(app);
