// What policy checks (cdk-nag, cfn-guard) object to and is always so. It is acknowledged where it is made, in the CDK's
// own way, which the checks read; nobody who uses none of them sees anything of it.
import { Stack, Validations } from 'aws-cdk-lib';
import type { WebSocketRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Construct } from 'constructs';

/** Not for `$connect`: whether that is open is the user's to answer for. */
export function acknowledgeRouteBehindConnect(route: WebSocketRoute): void {
  const reason =
    'API Gateway authorizes a WebSocket at $connect alone, and does not take an authorizer on another route';
  for (const id of [
    'AwsSolutions::AwsSolutions-APIG4',
    'cdk-validator-cfnguard::api_gw_v2_authorization_type_configured_check',
  ]) {
    Validations.of(route).acknowledge({ id, reason });
  }
}

/** @param arn the stage's `@connections/*`, for one HTTP method */
export function acknowledgeConnectionsArn(grantee: Construct, arn: string): void {
  Validations.of(grantee).acknowledge({
    id: `AwsSolutions::AwsSolutions-IAM5[Resource::${asWritten(Stack.of(grantee).resolve(arn))}]`,
    reason:
      'the id of a connection is known only once there is the connection; the API, the stage and the method are named',
  });
}

/** As cdk-nag writes an ARN in the id of what it finds. */
export function asWritten(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::Join': join } = value as { Ref?: string; 'Fn::Join'?: [string, unknown[]] };
  return join ? join[1].map(asWritten).join(join[0]) : `<${Ref}>`;
}
