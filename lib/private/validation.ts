// Refuses, as the construct is made, what would fail in the deployment or at the first client. All that is wrong is
// told at once. A token is let through: nobody knows its value yet.
import { type Duration, Token } from 'aws-cdk-lib';
import { Tracing } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { SignalingFunctionOptions } from '../function-options';
import type { WebRtcSignalingProps } from '../signaling-props';
import { domainProblems } from './custom-domain';
import { check, isAbove0, refuse, removalPolicyProblems, retentionProblems, wholeNumber } from './check';
import { keyProblems } from './encryption';
import { describeSource, type IceSource } from './ice-sources';
import { monitoringProblems } from './monitoring-problems';

/** Whose roster, with the largest entries, is one message of API Gateway, ICE servers beside it: test/handlers/full-room.test.ts */
export const MOST_PEERS_PER_ROOM = 90;

/** Of the 4 KB that all variables of a function share: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
const ICE_SERVERS_BYTES = 3072;
const ORIGINS_BYTES = 3072;

/** As long as one is, more or less: most are known only in the deployment. */
const SECRET_ARN = 'x'.repeat(128);

// https://www.rfc-editor.org/rfc/rfc7064 and https://www.rfc-editor.org/rfc/rfc7065: scheme, host, port, transport.
const ICE_URL = /^(stun|turn)s?:(?:\[[0-9a-f:.]+\]|[\w.-]+)(?::(\d+))?(\?transport=(?:udp|tcp))?$/;

/** @throws where a value is wrong: one line a value, each naming the property, the value and what was expected */
export function validateProps(scope: Construct, props: WebRtcSignalingProps): void {
  const { functionOptions = {}, throttle = {} } = props;
  refuse(scope, [
    ...check('stageName', props.stageName, isStageName, '1 to 128 letters, digits, _ or -'),
    ...wholeNumber('maxPeersPerRoom', props.maxPeersPerRoom, 2, MOST_PEERS_PER_ROOM),
    ...wholeNumber('maxRoomsPerConnection', props.maxRoomsPerConnection, 1, 100),
    ...originProblems(props.allowedOrigins),
    ...wholeNumber('maxMessageBytes', props.maxMessageBytes, 1024, 32768),
    ...wholeNumber('maxMetadataBytes', props.maxMetadataBytes, 0, 1024),
    ...wholeNumber('maxMessagesPerSecond', props.maxMessagesPerSecond, 1, 1000),
    ...wholeNumber('maxConnectionsPerUserPerMinute', props.maxConnectionsPerUserPerMinute, 1, 10_000),
    ...userlessProblems(props),
    ...check('throttle.rateLimit', throttle.rateLimit, isAbove0, 'a number above 0'),
    ...wholeNumber('throttle.burstLimit', throttle.burstLimit, 1),
    ...wholeNumber('functionOptions.memorySize', functionOptions.memorySize, 128, 10240),
    ...durationProblems('functionOptions.timeout', functionOptions.timeout, 11, 29),
    ...retentionProblems('functionOptions.logRetention', functionOptions.logRetention),
    ...wholeNumber(
      'functionOptions.reservedConcurrentExecutions',
      functionOptions.reservedConcurrentExecutions,
      1,
    ),
    ...check(
      'functionOptions.tracing',
      functionOptions.tracing,
      (tracing) => Object.values(Tracing).includes(tracing),
      'a value of Tracing',
    ),
    ...contradictions(functionOptions),
    ...(props.domain ? domainProblems(props.domain) : []),
    ...removalPolicyProblems('removalPolicy', props.removalPolicy),
    ...keyProblems('encryptionKey', props.encryptionKey),
    ...keyProblems('connectionsTable.encryptionKey', props.connectionsTable?.encryptionKey),
    ...keyProblems('roomsTable.encryptionKey', props.roomsTable?.encryptionKey),
    ...(props.iceServers ? iceServersProblems(props.iceServers._sources) : []),
    ...(props.authorization?._kind.problems() ?? []),
    ...monitoringProblems(props.monitoring ?? {}),
  ]);
}

/** Without users it would count nobody, and say nothing of that. */
function userlessProblems({ authorization, maxConnectionsPerUserPerMinute }: WebRtcSignalingProps): string[] {
  return maxConnectionsPerUserPerMinute === undefined || authorization?._kind.hasUsers
    ? []
    : ['maxConnectionsPerUserPerMinute: needs an authorization, which says who a user is'];
}

function durationProblems(
  property: string,
  value: Duration | undefined,
  least: number,
  most: number,
): string[] {
  if (value === undefined || value.isUnresolved()) return [];
  const seconds = value.toMilliseconds() / 1000;
  return Number.isInteger(seconds) && seconds >= least && seconds <= most
    ? []
    : [`${property}: ${value.toHumanString()} given, expected ${least} to ${most} whole seconds`];
}

// As browsers write an origin: ASCII, no path. `*.` for subdomains only ahead of a name.
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/(?:(?:\*\.)?[a-z0-9_-][a-z0-9._-]*|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i;

function originProblems(origins: string[] | undefined): string[] {
  if (origins === undefined || Token.isUnresolved(origins)) return [];
  const json = JSON.stringify(origins);
  const bytes = Buffer.byteLength(json);
  return [
    ...check('allowedOrigins', origins, ({ length }) => length > 0, 'at least one origin'),
    ...origins.flatMap((origin, i) =>
      check(
        `allowedOrigins[${i}]`,
        origin,
        isOrigin,
        'an origin as browsers send it, https://app.example.com for one, or https://*.example.com for its subdomains',
      ),
    ),
    ...(bytes <= ORIGINS_BYTES || Token.isUnresolved(json)
      ? []
      : [`allowedOrigins: ${bytes} bytes as JSON given, expected at most ${ORIGINS_BYTES}`]),
  ];
}

function isOrigin(text: string): boolean {
  const [origin, port = '1'] = ORIGIN.exec(text) ?? [];
  return origin !== undefined && Number(port) >= 1 && Number(port) <= 65535;
}

function contradictions(options: SignalingFunctionOptions): string[] {
  const needsVpc = (['vpcSubnets', 'securityGroups'] as const)
    .filter((property) => options[property] !== undefined && !options.vpc)
    .map(
      (property) =>
        `functionOptions.${property}: given without a network, expected functionOptions.vpc beside it`,
    );
  return options.logGroup && options.logRetention !== undefined
    ? [
        ...needsVpc,
        'functionOptions.logRetention: given beside functionOptions.logGroup, expected one of the two: a log group of yours has its own',
      ]
    : needsVpc;
}

const isStageName = (name: string) => /^[\w-]{1,128}$/.test(name);

function iceServersProblems(sources: IceSource[]): string[] {
  const problems = sources.flatMap((source, i) => sourceProblems(`iceServers[${i}]`, source));
  const json = JSON.stringify(sources.map((source) => describeSource(source, () => SECRET_ARN)));
  const bytes = Buffer.byteLength(json);
  return bytes <= ICE_SERVERS_BYTES || Token.isUnresolved(json)
    ? problems
    : [...problems, `iceServers: ${bytes} bytes as JSON given, expected at most ${ICE_SERVERS_BYTES}`];
}

function sourceProblems(property: string, source: IceSource): string[] {
  switch (source.kind) {
    case 'static':
      return source.iceServers.flatMap(({ urls }) => urlProblems(property, urls, 'stun'));
    case 'turn':
      return [
        ...urlProblems(property, source.urls, 'turn'),
        ...check(`${property}.username`, source.username, isNotEmpty, 'a user name'),
        ...keyProblems(`${property}.credential.encryptionKey`, source.secret.encryptionKey),
        ...check(`${property}.credentialField`, source.secretField, isNotEmpty, 'the name of a field'),
      ];
    case 'coturn':
      return [
        ...urlProblems(property, source.urls, 'turn'),
        ...keyProblems(`${property}.secret.encryptionKey`, source.secret.encryptionKey),
        ...wholeNumber(`${property}.ttl`, source.ttlSeconds, 300, 86_400, 'seconds'),
      ];
    case 'cloudflare':
      return [
        ...check(`${property}.keyId`, source.keyId, (id) => /^[\w-]+$/.test(id), 'the id of a TURN key'),
        ...keyProblems(`${property}.apiToken.encryptionKey`, source.secret.encryptionKey),
        ...wholeNumber(`${property}.ttl`, source.ttlSeconds, 300, 172_800, 'seconds'),
      ];
  }
}

const isNotEmpty = (text: string) => text !== '';

function urlProblems(property: string, urls: string[], for_: 'stun' | 'turn'): string[] {
  if (Token.isUnresolved(urls)) return [];
  return [
    ...check(`${property}.urls`, urls, ({ length }) => length > 0, 'at least one URL'),
    ...urls.flatMap((url, i) => [
      ...check(
        `${property}.urls[${i}]`,
        url,
        () => schemeOf(url) !== undefined,
        'stun:host, stuns:host, turn:host or turns:host, with :port if need be and ?transport=udp or tcp on TURN',
      ),
      ...check(
        `${property}.urls[${i}]`,
        url,
        () => for_ === 'turn' || schemeOf(url) !== 'turn',
        'a STUN server: a TURN server needs credentials, as by IceServers.coturn',
      ),
    ]),
  ];
}

function schemeOf(url: string): string | undefined {
  const [, scheme, port = '3478', transport] = ICE_URL.exec(url) ?? [];
  const isRight = Number(port) >= 1 && Number(port) <= 65535 && !(scheme === 'stun' && transport);
  return isRight ? scheme : undefined;
}
