// The name of the user's, mapped to the stage. What is posted to connections keeps to the stage's own address.
import {
  ApiMapping,
  DomainName,
  IpAddressType,
  type IWebSocketApi,
  type IWebSocketStage,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { AaaaRecord, ARecord, RecordTarget } from 'aws-cdk-lib/aws-route53';
import { ApiGatewayv2DomainProperties } from 'aws-cdk-lib/aws-route53-targets';
import type { Construct } from 'constructs';
import type { SignalingDomainOptions } from '../domain-options';
import { check } from './check';

export interface Mapped {
  readonly webSocketApi: IWebSocketApi;
  readonly stage: IWebSocketStage;
  readonly ipAddressType?: IpAddressType;
}

export function mapDomain(scope: Construct, options: SignalingDomainOptions, mapped: Mapped): DomainName {
  const { domainName, certificate, hostedZone, basePath } = options;
  const { webSocketApi, stage, ipAddressType } = mapped;
  const domain = new DomainName(scope, 'DomainName', { domainName, certificate, ipAddressType });
  new ApiMapping(scope, 'ApiMapping', {
    api: webSocketApi,
    stage,
    domainName: domain,
    apiMappingKey: basePath,
  });
  if (hostedZone) {
    const target = RecordTarget.fromAlias(
      new ApiGatewayv2DomainProperties(domain.regionalDomainName, domain.regionalHostedZoneId),
    );
    // With its dot it is complete; without, the CDK compares it with the zone's name, and either may not be known yet.
    const record = { zone: hostedZone, recordName: `${domainName}.`, target };
    new ARecord(scope, 'DomainRecord', record);
    if (ipAddressType === IpAddressType.DUAL_STACK) new AaaaRecord(scope, 'DomainRecordIpv6', record);
  }
  return domain;
}

export function urlOf({ domainName, basePath }: SignalingDomainOptions): string {
  return basePath === undefined ? `wss://${domainName}` : `wss://${domainName}/${basePath}`;
}

export function domainProblems({ domainName, basePath }: SignalingDomainOptions): string[] {
  return [
    ...check(
      'domain.domainName',
      domainName,
      (name) => /^(?=.{1,253}$)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+$/.test(name),
      'a name of at least two labels, in lower case, without a scheme',
    ),
    ...check(
      'domain.basePath',
      basePath,
      (path) => /^[\w$.+!*'()-]{1,300}$/.test(path),
      "letters, digits and $-_.+!*'(), without /",
    ),
  ];
}
