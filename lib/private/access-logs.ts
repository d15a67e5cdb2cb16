// One line a connection, message and end, as API Gateway sees it: no address of a client, no token, no message.
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { type IAccessLogSettings, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';

// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-logging.html
const FIELDS = [
  'requestId',
  'connectionId',
  'routeKey',
  'eventType',
  'status',
  'requestTimeEpoch',
  'connectedAt',
];
const FORMAT = {
  ...Object.fromEntries(FIELDS.map((field) => [field, `$context.${field}`])),
  integrationStatus: '$context.integration.status',
  integrationError: '$context.integrationErrorMessage',
};

export function accessLogSettings(logGroup: ILogGroup): IAccessLogSettings {
  return {
    destination: new LogGroupLogDestination(logGroup),
    format: AccessLogFormat.custom(JSON.stringify(FORMAT)),
  };
}
