import { App, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { IceServers, SignalingAuthorization, WebRtcSignaling } from 'cdk-webrtc-signaling';

const app = new App({ outdir: process.argv[2] });
const stack = new Stack(app, 'Consumer');

const signaling = new WebRtcSignaling(stack, 'Signaling', {
  stageName: 'calls',
  authorization: SignalingAuthorization.jwt({
    issuer: 'https://login.example.com',
    audience: ['calls'],
    roomsClaim: 'rooms',
  }),
  iceServers: IceServers.combine(
    IceServers.stun('stun:stun.example.com', 'stuns:stun.example.com:5349'),
    IceServers.google(),
  ),
  maxPeersPerRoom: 20,
  maxRoomsPerConnection: 3,
  throttle: { rateLimit: 500, burstLimit: 250 },
  functionOptions: {
    memorySize: 1024,
    timeout: Duration.seconds(20),
    logRetention: RetentionDays.ONE_WEEK,
    reservedConcurrentExecutions: 5,
    tracing: Tracing.ACTIVE,
  },
  removalPolicy: RemovalPolicy.RETAIN,
});
signaling.grantManageConnections(signaling.disconnectFunction);
signaling.metricConnections().createAlarm(stack, 'Busy', { threshold: 1000, evaluationPeriods: 2 });
new CfnOutput(stack, 'Url', { value: signaling.url });

app.synth();
