// The example: a signaling service, with every default but for what the context chooses, and the demo page that calls
// by way of it. `npx cdk deploy --all` deploys both and prints the page's link; `npm start` plays the service here.
import { Annotations, App, CfnOutput, Stack } from 'aws-cdk-lib';
// Not '../lib': that finds jsii's output where it lies beside the source, however old.
import { CoturnServer, IceServers, SignalingAuthorization, WebRtcSignaling } from '../lib/index';
import cdkJson from '../cdk.json';
import { DemoPage } from './demo-page';
import { switchesOf } from './switches';

export interface ExampleOptions {
  /** Where the app is synthesized to. @default - where the CDK command says */
  outdir?: string;
  /** Whether the page's stack is part of it. @default true */
  page?: boolean;
  /** What the CDK command is given with `-c`. @default - what it was given */
  context?: Record<string, string>;
}

export function exampleApp({ outdir, page = true, context }: ExampleOptions = {}): App {
  // The CDK command passes cdk.json's context by itself; without it the same template must come out.
  const app = new App({ outdir, context: { ...cdkJson.context, ...context } });
  const stack = new Stack(app, 'WebRtcSignalingExample');
  const { tokens, coturn, domain } = switchesOf(stack);
  const signaling = new WebRtcSignaling(stack, 'Signaling', {
    authorization: tokens ? SignalingAuthorization.roomTokens() : SignalingAuthorization.none(),
    iceServers: coturn
      ? IceServers.combine(IceServers.google(), IceServers.of(new CoturnServer(stack, 'Coturn')))
      : IceServers.google(),
    domain,
  });
  // An example to try: whoever has its URL may call.
  if (!tokens) Annotations.of(signaling).acknowledgeWarning('cdk-webrtc-signaling:noAuthorization');
  new CfnOutput(stack, 'Url', { value: signaling.url });
  // For `npm run invite`.
  if (signaling.tokenSecret) new CfnOutput(stack, 'TokenSecret', { value: signaling.tokenSecret.secretArn });
  if (page) {
    // With a name of one's own, nothing that the page refers to says so.
    const props = { signalingUrl: signaling.url, byInvitation: tokens };
    new DemoPage(app, 'WebRtcSignalingDemo', props).addStackDependency(stack);
  }
  return app;
}

if (require.main === module) exampleApp().synth();
