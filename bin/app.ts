// The example: a signaling service with every default, and the demo page that calls by way of it.
// `npx cdk deploy --all` deploys both and prints the page's link; `npm start` plays the service here.
import { Annotations, App, CfnOutput, Stack } from 'aws-cdk-lib';
// Not '../lib': that finds jsii's output where it lies beside the source, however old.
import { WebRtcSignaling } from '../lib/index';
import cdkJson from '../cdk.json';
import { DemoPage } from './demo-page';

export interface ExampleOptions {
  /** Where the app is synthesized to. @default - where the CDK command says */
  outdir?: string;
  /** Whether the page's stack is part of it. @default true */
  page?: boolean;
}

export function exampleApp({ outdir, page = true }: ExampleOptions = {}): App {
  // The CDK command passes cdk.json's context by itself; without it the same template must come out.
  const app = new App({ outdir, context: cdkJson.context });
  const stack = new Stack(app, 'WebRtcSignalingExample');
  const signaling = new WebRtcSignaling(stack, 'Signaling');
  // An example to try: whoever has its URL may call.
  Annotations.of(signaling).acknowledgeWarning('cdk-webrtc-signaling:noAuthorization');
  new CfnOutput(stack, 'Url', { value: signaling.url });
  if (page) new DemoPage(app, 'WebRtcSignalingDemo', { signalingUrl: signaling.url });
  return app;
}

if (require.main === module) exampleApp().synth();
