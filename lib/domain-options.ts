import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import type { IHostedZone } from 'aws-cdk-lib/aws-route53';

/** A name of yours that clients connect to, in place of the one that API Gateway gives. */
export interface SignalingDomainOptions {
  /** The name, `signaling.example.com`. API Gateway refuses one that already serves HTTP or REST APIs. */
  readonly domainName: string;

  /** A certificate for the name, in the region of the stack. */
  readonly certificate: ICertificate;

  /**
   * The zone that gets the records of the name.
   *
   * @default - none: point the name at `customDomain.regionalDomainName` yourself
   */
  readonly hostedZone?: IHostedZone;

  /**
   * What follows the name in the URL: letters, digits and `$-_.+!*'()`, without `/`.
   *
   * @default - nothing: the URL is `wss://<domainName>`
   */
  readonly basePath?: string;
}
