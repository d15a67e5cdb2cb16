// Hosts the demo page: a private bucket, CloudFront in front of it, and config.json, which tells the page where the
// signaling is.
import { join } from 'node:path';
import { CfnOutput, type CfnResource, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import {
  Distribution,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  ResponseHeadersPolicy,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront';
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment';
import type { Construct } from 'constructs';

export interface DemoPageProps extends StackProps {
  /** `wss://…/prod` */
  readonly signalingUrl: string;
  /** Whether only a link with a token leads into a call. @default false */
  readonly byInvitation?: boolean;
}

export class DemoPage extends Stack {
  constructor(scope: Construct, id: string, { signalingUrl, byInvitation, ...props }: DemoPageProps) {
    super(scope, id, props);

    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    });

    const distribution = new Distribution(this, 'Distribution', {
      defaultRootObject: 'index.html',
      httpVersion: HttpVersion.HTTP2_AND_3,
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(bucket),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        responseHeadersPolicy: this.securityHeaders(signalingUrl),
      },
    });

    // What handlers log to groups of their own making would stay behind.
    const logGroup = new LogGroup(this, 'FilesLogs', {
      retention: RetentionDays.ONE_WEEK,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    new BucketDeployment(this, 'Files', {
      destinationBucket: bucket,
      sources: [
        Source.asset(join(__dirname, '..', 'demo', 'dist')),
        Source.jsonData('config.json', { url: signalingUrl, ...(byInvitation && { byInvitation }) }),
      ],
      // So a new deployment is seen at once, without an invalidation to wait for.
      cacheControl: [CacheControl.noCache()],
      logGroup,
    });
    // The one that empties the bucket is out of reach otherwise. As it refers to the group, it is gone before the group is.
    const emptying = this.node.findChild('Custom::S3AutoDeleteObjectsCustomResourceProvider');
    const handler = emptying.node.findChild('Handler') as CfnResource;
    handler.addPropertyOverride('LoggingConfig.LogGroup', logGroup.logGroupName);

    new CfnOutput(this, 'Link', { value: `https://${distribution.distributionDomainName}/` });
  }

  private securityHeaders(signalingUrl: string): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, 'SecurityHeaders', {
      securityHeadersBehavior: {
        contentSecurityPolicy: {
          contentSecurityPolicy: [
            "default-src 'self'",
            `connect-src 'self' ${signalingUrl}`,
            "media-src 'self' blob: mediastream:",
            "img-src 'self' data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
          ].join('; '),
          override: true,
        },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(365), override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        // A room's name stands in the page's address.
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
      },
      customHeadersBehavior: {
        customHeaders: [
          {
            header: 'Permissions-Policy',
            value: 'camera=(self), microphone=(self), display-capture=(self), fullscreen=(self)',
            override: true,
          },
        ],
      },
    });
  }
}
