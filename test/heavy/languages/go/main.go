package main

import (
	"os"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdk-webrtc-signaling/cdk-webrtc-signaling-go/cdkwebrtcsignaling"
)

func main() {
	defer jsii.Close()

	app := awscdk.NewApp(&awscdk.AppProps{Outdir: jsii.String(os.Args[1])})
	stack := awscdk.NewStack(app, jsii.String("Consumer"), nil)

	signaling := cdkwebrtcsignaling.NewWebRtcSignaling(stack, jsii.String("Signaling"), &cdkwebrtcsignaling.WebRtcSignalingProps{
		StageName: jsii.String("calls"),
		Authorization: cdkwebrtcsignaling.SignalingAuthorization_Jwt(&cdkwebrtcsignaling.JwtAuthorizationProps{
			Issuer:     jsii.String("https://login.example.com"),
			Audience:   jsii.Strings("calls"),
			RoomsClaim: jsii.String("rooms"),
		}),
		IceServers: cdkwebrtcsignaling.IceServers_Combine(
			cdkwebrtcsignaling.IceServers_Stun(jsii.String("stun:stun.example.com"), jsii.String("stuns:stun.example.com:5349")),
			cdkwebrtcsignaling.IceServers_Google(),
		),
		MaxPeersPerRoom:       jsii.Number(20),
		MaxRoomsPerConnection: jsii.Number(3),
		Throttle: &awsapigatewayv2.ThrottleSettings{
			RateLimit:  jsii.Number(500),
			BurstLimit: jsii.Number(250),
		},
		FunctionOptions: &cdkwebrtcsignaling.SignalingFunctionOptions{
			MemorySize:                   jsii.Number(1024),
			Timeout:                      awscdk.Duration_Seconds(jsii.Number(20)),
			LogRetention:                 awslogs.RetentionDays_ONE_WEEK,
			ReservedConcurrentExecutions: jsii.Number(5),
			Tracing:                      awslambda.Tracing_ACTIVE,
		},
		RemovalPolicy: awscdk.RemovalPolicy_RETAIN,
	})
	signaling.GrantManageConnections(signaling.DisconnectFunction())
	signaling.MetricConnections(nil).CreateAlarm(stack, jsii.String("Busy"), &awscloudwatch.CreateAlarmOptions{
		Threshold:         jsii.Number(1000),
		EvaluationPeriods: jsii.Number(2),
	})
	awscdk.NewCfnOutput(stack, jsii.String("Url"), &awscdk.CfnOutputProps{Value: signaling.Url()})

	app.Synth(nil)
}
