package consumer;

import io.github.cdkwebrtcsignaling.IceServers;
import io.github.cdkwebrtcsignaling.JwtAuthorizationProps;
import io.github.cdkwebrtcsignaling.SignalingAuthorization;
import io.github.cdkwebrtcsignaling.SignalingFunctionOptions;
import io.github.cdkwebrtcsignaling.WebRtcSignaling;
import java.util.List;
import software.amazon.awscdk.App;
import software.amazon.awscdk.AppProps;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Duration;
import software.amazon.awscdk.RemovalPolicy;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.apigatewayv2.ThrottleSettings;
import software.amazon.awscdk.services.cloudwatch.CreateAlarmOptions;
import software.amazon.awscdk.services.lambda.Tracing;
import software.amazon.awscdk.services.logs.RetentionDays;

public final class Main {
    public static void main(final String[] args) {
        App app = new App(AppProps.builder().outdir(args[0]).build());
        Stack stack = new Stack(app, "Consumer");

        WebRtcSignaling signaling = WebRtcSignaling.Builder.create(stack, "Signaling")
                .stageName("calls")
                .authorization(SignalingAuthorization.jwt(JwtAuthorizationProps.builder()
                        .issuer("https://login.example.com")
                        .audience(List.of("calls"))
                        .roomsClaim("rooms")
                        .build()))
                .iceServers(IceServers.combine(
                        IceServers.stun("stun:stun.example.com", "stuns:stun.example.com:5349"),
                        IceServers.google()))
                .maxPeersPerRoom(20)
                .maxRoomsPerConnection(3)
                .throttle(ThrottleSettings.builder().rateLimit(500).burstLimit(250).build())
                .functionOptions(SignalingFunctionOptions.builder()
                        .memorySize(1024)
                        .timeout(Duration.seconds(20))
                        .logRetention(RetentionDays.ONE_WEEK)
                        .reservedConcurrentExecutions(5)
                        .tracing(Tracing.ACTIVE)
                        .build())
                .removalPolicy(RemovalPolicy.RETAIN)
                .build();
        signaling.grantManageConnections(signaling.getDisconnectFunction());
        signaling.metricConnections()
                .createAlarm(stack, "Busy", CreateAlarmOptions.builder().threshold(1000).evaluationPeriods(2).build());
        CfnOutput.Builder.create(stack, "Url").value(signaling.getUrl()).build();

        app.synth();
    }

    private Main() {}
}
