// What `-c name=value` of the CDK command chooses for the example.
import type { Stack } from 'aws-cdk-lib';
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager';
import { HostedZone } from 'aws-cdk-lib/aws-route53';
// Not '../lib': that finds jsii's output where it lies beside the source, however old.
import type { SignalingDomainOptions } from '../lib/index';

const CHOICES = { auth: ['none', 'tokens'], turn: ['none', 'coturn'] };
const TEXTS = {
  domainName: { pattern: /./, expected: 'a domain name' },
  hostedZoneId: { pattern: /^Z[A-Z0-9]+$/, expected: 'the id of a hosted zone' },
  certificateArn: {
    pattern: /^arn:[\w-]+:acm:[\w-]+:\d{12}:certificate\/.+$/,
    expected: 'the ARN of a certificate',
  },
};

export interface Switches {
  readonly tokens: boolean;
  readonly coturn: boolean;
  readonly domain?: SignalingDomainOptions;
}

/** @throws where a value is wrong, with one line for each that is */
export function switchesOf(stack: Stack): Switches {
  const given = (name: string): unknown => stack.node.tryGetContext(name);
  const named = Object.keys(TEXTS).filter((name) => given(name) !== undefined);
  const problems = [
    ...Object.entries(CHOICES).flatMap(([name, choices]) => {
      const value = given(name);
      return value === undefined || choices.includes(value as string)
        ? []
        : [`${name}: ${JSON.stringify(value)} given, expected ${choices.join(' or ')}`];
    }),
    ...Object.entries(TEXTS).flatMap(([name, { pattern, expected }]) => {
      const value = given(name);
      return value === undefined || (typeof value === 'string' && pattern.test(value))
        ? []
        : [`${name}: ${JSON.stringify(value)} given, expected ${expected}`];
    }),
    ...(named.length === 1 && named[0] === 'domainName'
      ? ['domainName: given alone, expected hostedZoneId, certificateArn or both beside it']
      : []),
    ...(named.includes('domainName')
      ? []
      : named.map((name) => `${name}: given without a name, expected domainName beside it`)),
  ];
  if (problems.length > 0) throw new Error(['wrong context:', ...problems].join('\n  '));

  return {
    tokens: given('auth') === 'tokens',
    coturn: given('turn') === 'coturn',
    domain: named.length > 0 ? domainOf(stack, given as (name: string) => string | undefined) : undefined,
  };
}

/** A certificate is made where none is given, and proven by a record in the zone. */
function domainOf(stack: Stack, given: (name: string) => string | undefined): SignalingDomainOptions {
  const domainName = given('domainName')!;
  const [hostedZoneId, certificateArn] = [given('hostedZoneId'), given('certificateArn')];
  const hostedZone =
    hostedZoneId === undefined ? undefined : HostedZone.fromHostedZoneId(stack, 'Zone', hostedZoneId);
  const certificate =
    certificateArn === undefined
      ? new Certificate(stack, 'Certificate', {
          domainName,
          validation: CertificateValidation.fromDns(hostedZone),
        })
      : Certificate.fromCertificateArn(stack, 'Certificate', certificateArn);
  return { domainName, certificate, hostedZone };
}
