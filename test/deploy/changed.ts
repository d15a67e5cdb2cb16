// The example with other properties, and beside it a service that is to outlive its stack.
import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { IceServers, WebRtcSignaling } from '../../lib/index';

const app = new App();
const changed = new Stack(app, 'WebRtcSignalingExample');
const signaling = new WebRtcSignaling(changed, 'Signaling', {
  maxPeersPerRoom: 2,
  iceServers: IceServers.stun('stun:stun.example.com'),
  functionOptions: { memorySize: 1024, timeout: Duration.seconds(20) },
});
new CfnOutput(changed, 'Url', { value: signaling.url });

new WebRtcSignaling(new Stack(app, 'Kept'), 'Signaling', { removalPolicy: RemovalPolicy.RETAIN });
