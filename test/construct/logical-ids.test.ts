// Upgrade safety: with another logical id, CloudFormation replaces a table by an empty one, an API by one with another
// address. A new resource is added to the list; nothing is ever taken from it or changed.
import { shapeNames, templateOf } from '../support/construct-shapes';

const KEPT: Record<string, string[]> = {
  'AWS::ApiGatewayV2::Api': ['SignalingWebSocketApi2ECEBE5B'],
  'AWS::ApiGatewayV2::DomainName': ['SignalingDomainNameF40328CA'],
  'AWS::ApiGatewayV2::Stage': ['SignalingStageCB647D01'],
  'AWS::DynamoDB::GlobalTable': ['SignalingWebRTCConnections769CB9BC', 'SignalingWebRTCRooms22371322'],
  'AWS::EC2::EIP': ['TurnServerElasticIp5964503A'],
  'AWS::Logs::LogGroup': [
    'SignalingAccessLogs2E3C1D0C',
    'SignalingAuthorizerFunctionLogsF60E5F6B',
    'SignalingConnectFunctionLogsC30BDF17',
    'SignalingDisconnectFunctionLogs25EAF83C',
    'SignalingMessageFunctionLogsC8772598',
    'TurnServerLogsD1FE0907',
  ],
  'AWS::SecretsManager::Secret': ['SignalingTokenSecretAACE02C6', 'TurnServerSecret48465331'],
};

/** Logical ids of what the construct makes of a type, in one shape. */
const idsOf = (shape: (typeof shapeNames)[number], type: string) =>
  Object.keys(templateOf(shape).findResources(type)).filter((id) => /^(Signaling|TurnServer)/.test(id));

test.each(shapeNames)('what keeps data or an address has the id that it always had: %s', (shape) => {
  for (const [type, kept] of Object.entries(KEPT)) {
    expect(kept).toEqual(expect.arrayContaining(idsOf(shape, type)));
  }
});

test.each(Object.entries(KEPT))('and each of them is made in some shape: %s', (type, kept) => {
  const made = new Set(shapeNames.flatMap((shape) => idsOf(shape, type)));
  expect([...made].sort()).toEqual(kept);
});
