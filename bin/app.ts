// The example: one signaling service with every default. `npx cdk deploy` deploys it, `npm start` plays it here.
import { Annotations, App, CfnOutput, Stack } from 'aws-cdk-lib';
// Not '../lib': that finds jsii's output where it lies beside the source, however old.
import { WebRtcSignaling } from '../lib/index';
import cdkJson from '../cdk.json';

/** @param outdir where the app is synthesized to, if not where the CDK command says */
export function exampleApp(outdir?: string): App {
  // The CDK command passes cdk.json's context by itself; without it the same template must come out.
  const app = new App({ outdir, context: cdkJson.context });
  const stack = new Stack(app, 'WebRtcSignalingExample');
  const signaling = new WebRtcSignaling(stack, 'Signaling');
  // An example to try: whoever has its URL may call.
  Annotations.of(signaling).acknowledgeWarning('cdk-webrtc-signaling:noAuthorization');
  new CfnOutput(stack, 'Url', { value: signaling.url });
  return app;
}

if (require.main === module) exampleApp().synth();
