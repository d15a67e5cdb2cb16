import sys

from aws_cdk import App, CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk.aws_apigatewayv2 import ThrottleSettings
from aws_cdk.aws_lambda import Tracing
from aws_cdk.aws_logs import RetentionDays
from cdk_webrtc_signaling import (
    IceServers,
    SignalingAuthorization,
    SignalingFunctionOptions,
    WebRtcSignaling,
)

app = App(outdir=sys.argv[1])
stack = Stack(app, "Consumer")

signaling = WebRtcSignaling(
    stack,
    "Signaling",
    stage_name="calls",
    authorization=SignalingAuthorization.jwt(
        issuer="https://login.example.com",
        audience=["calls"],
        rooms_claim="rooms",
    ),
    ice_servers=IceServers.combine(
        IceServers.stun("stun:stun.example.com", "stuns:stun.example.com:5349"),
        IceServers.google(),
    ),
    max_peers_per_room=20,
    max_rooms_per_connection=3,
    throttle=ThrottleSettings(rate_limit=500, burst_limit=250),
    function_options=SignalingFunctionOptions(
        memory_size=1024,
        timeout=Duration.seconds(20),
        log_retention=RetentionDays.ONE_WEEK,
        reserved_concurrent_executions=5,
        tracing=Tracing.ACTIVE,
    ),
    removal_policy=RemovalPolicy.RETAIN,
)
signaling.grant_manage_connections(signaling.disconnect_function)
signaling.metric_connections().create_alarm(
    stack, "Busy", threshold=1000, evaluation_periods=2
)
CfnOutput(stack, "Url", value=signaling.url)

app.synth()
