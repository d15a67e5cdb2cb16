// What the scanners find in the shapes and is meant to be so, each with its reason. What is always so is acknowledged
// by the construct where it is made (lib/private/acknowledgements.ts), for its users as well.
import type { Exception, Scanner } from './finding';

const FUNCTION = /Signaling\/\w+Function/;
const LOGS = /Signaling\/\w+Logs|TurnServer\/Logs/;
const ROLE_POLICY = /(Signaling\/\w+|TurnServer\/)Role\/DefaultPolicy/;
const MADE_SECRET = /Signaling\/TokenSecret|TurnServer\/Secret/;
const TABLE = /Connections|Rooms|Signaling\/WebRTC(Connections|Rooms)/;

const CONNECT_IS_OPEN =
  'authorization is the user’s to choose; where it is none, the construct warns at every synthesis';
const NO_ACCESS_LOGS =
  'access logs are off by default: a stage with them fails to deploy in an account whose API Gateway has no role for CloudWatch; accessLogs turns them on';
const NO_DEAD_LETTERS =
  'a dead-letter queue serves asynchronous invocations; API Gateway invokes synchronously and tells the client of a failure';
const NO_VPC =
  'a handler speaks to DynamoDB, API Gateway and Secrets Manager alone, all over TLS and IAM; functionOptions.vpc is for who needs one';
const NO_OWN_KEY =
  'under a key that AWS owns: one of the user’s costs money every month; encryptionKey of the service is for that, and of a TURN server a secret that the user brings';
const NO_RESERVED_CONCURRENCY =
  'reserved concurrency takes from what the account has and starves where it is low; functionOptions.reservedConcurrentExecutions sets it';
const NO_NAMES =
  'neither the actions of X-Ray nor those on the network interfaces of a function that is yet to be take a resource by name';
const NO_ROTATION =
  'when the key that tokens are signed with changes is for the backend that mints them to say; the authorizer takes the former one beside it';
const KEY_OF_THE_APP = 'the policy of a key is its owner’s; the construct adds what CloudWatch Logs needs';

const OF_THE_APP =
  /(Alarms|Api|Connections|CoturnSecret|Doorkeeper(Logs|Role)?|Key|RoomKey|Rooms|TurnCertificate|TurnPassword|Users)(\/.+)?/;

/** What the shape's app makes and hands to the construct, as short as a test may have it. */
const ofTheApp = (scanner: Scanner): Exception => ({
  scanner,
  rule: /.+/,
  resource: OF_THE_APP,
  reason: 'the shape’s app makes it, not the construct: how it is set up is the app’s to say',
});

export const exceptions: Exception[] = [
  ofTheApp('AwsSolutions'),
  ofTheApp('NIST.800.53.R5'),
  ofTheApp('cdk-validator-cfnguard'),
  ofTheApp('cfn-lint'),
  ofTheApp('checkov'),

  {
    scanner: 'AwsSolutions',
    rule: /AwsSolutions-SMG4/,
    resource: /Signaling\/TokenSecret/,
    reason: NO_ROTATION,
  },
  {
    scanner: 'NIST.800.53.R5',
    rule: /NIST\.800\.53\.R5-SecretsManagerRotationEnabled/,
    resource: /Signaling\/TokenSecret/,
    reason: NO_ROTATION,
  },
  {
    scanner: 'NIST.800.53.R5',
    rule: /NIST\.800\.53\.R5-SecretsManagerUsingKMSKey/,
    resource: MADE_SECRET,
    reason: NO_OWN_KEY,
  },
  { scanner: 'checkov', rule: /CKV_AWS_149/, resource: MADE_SECRET, reason: NO_OWN_KEY },

  {
    scanner: 'AwsSolutions',
    rule: /AwsSolutions-APIG1/,
    resource: /Signaling\/Stage/,
    reason: NO_ACCESS_LOGS,
  },
  {
    scanner: 'AwsSolutions',
    rule: /AwsSolutions-APIG4/,
    resource: /Signaling\/ConnectRoute/,
    reason: CONNECT_IS_OPEN,
  },
  {
    scanner: 'AwsSolutions',
    rule: /AwsSolutions-IAM5\[Resource::\*\]/,
    resource: ROLE_POLICY,
    reason: NO_NAMES,
  },

  {
    scanner: 'NIST.800.53.R5',
    rule: /NIST\.800\.53\.R5-CloudWatchLogGroupEncrypted/,
    resource: LOGS,
    reason: NO_OWN_KEY,
  },
  {
    scanner: 'NIST.800.53.R5',
    rule: /NIST\.800\.53\.R5-IAMNoInlinePolicy/,
    resource: ROLE_POLICY,
    reason: 'the policy is of one role and of no use to another: it comes and goes with it',
  },
  {
    scanner: 'NIST.800.53.R5',
    rule: /NIST\.800\.53\.R5-LambdaConcurrency/,
    resource: FUNCTION,
    reason: NO_RESERVED_CONCURRENCY,
  },
  {
    scanner: 'NIST.800.53.R5',
    rule: /NIST\.800\.53\.R5-LambdaDLQ/,
    resource: FUNCTION,
    reason: NO_DEAD_LETTERS,
  },
  {
    scanner: 'NIST.800.53.R5',
    rule: /NIST\.800\.53\.R5-LambdaInsideVPC/,
    resource: FUNCTION,
    reason: NO_VPC,
  },

  {
    scanner: 'cdk-validator-cfnguard',
    rule: /api_gw_v2_access_logs_enabled_check/,
    resource: /Signaling\/Stage/,
    reason: NO_ACCESS_LOGS,
  },
  {
    scanner: 'cdk-validator-cfnguard',
    rule: /api_gw_v2_authorization_type_configured_check/,
    resource: /Signaling\/ConnectRoute/,
    reason: CONNECT_IS_OPEN,
  },
  {
    scanner: 'cdk-validator-cfnguard',
    rule: /cloudwatch_log_group_encrypted_check/,
    resource: LOGS,
    reason: NO_OWN_KEY,
  },
  {
    scanner: 'cdk-validator-cfnguard',
    rule: /cloudwatch_log_group_retention_period_check/,
    resource: LOGS,
    reason: 'who called whom and when is personal enough to go after a month; logRetention keeps it longer',
  },
  {
    scanner: 'cdk-validator-cfnguard',
    rule: /kms_create_grant_aws_service_check/,
    resource: /Key|template/,
    reason: KEY_OF_THE_APP,
  },
  {
    scanner: 'cdk-validator-cfnguard',
    rule: /lambda_function_public_access_prohibited_check/,
    resource: /Signaling\/(\w+Route\/\w+-|Authorizer\/)Permission/,
    reason:
      'the permission names the API and the route as SourceArn, with the account in it; the rule does not read the Fn::Join that the ARN is written as',
  },
  { scanner: 'cdk-validator-cfnguard', rule: /lambda_inside_vpc_check/, resource: FUNCTION, reason: NO_VPC },

  {
    scanner: 'cfn-lint',
    rule: /W3005/,
    resource: FUNCTION,
    reason:
      'the CDK lets a function depend on its role with all of its policies; that the role is named a second time changes nothing',
  },

  { scanner: 'checkov', rule: /CKV_AWS_111/, resource: ROLE_POLICY, reason: NO_NAMES },
  { scanner: 'checkov', rule: /CKV_AWS_115/, resource: FUNCTION, reason: NO_RESERVED_CONCURRENCY },
  { scanner: 'checkov', rule: /CKV_AWS_116/, resource: FUNCTION, reason: NO_DEAD_LETTERS },
  { scanner: 'checkov', rule: /CKV_AWS_117/, resource: FUNCTION, reason: NO_VPC },
  { scanner: 'checkov', rule: /CKV_AWS_158/, resource: LOGS, reason: NO_OWN_KEY },
  {
    scanner: 'checkov',
    rule: /CKV_AWS_165/,
    resource: TABLE,
    reason:
      'a row is of no use for longer than the two hours that a connection may last; pointInTimeRecovery turns recovery on',
  },
  { scanner: 'checkov', rule: /CKV_AWS_173/, resource: FUNCTION, reason: NO_OWN_KEY },
  {
    scanner: 'checkov',
    rule: /CKV_AWS_88/,
    resource: /TurnServer\/LaunchTemplate/,
    reason: 'a TURN server is for clients anywhere: it has a public address',
  },
  { scanner: 'checkov', rule: /CKV_AWS_95/, resource: /Signaling\/Stage/, reason: NO_ACCESS_LOGS },
];
