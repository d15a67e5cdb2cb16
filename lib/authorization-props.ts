import type { IUserPool, IUserPoolClient } from 'aws-cdk-lib/aws-cognito';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

/** Which claims of a provider's token say what its bearer may do. */
export interface TokenClaims {
  /**
   * Claim that says who it is, 1 to 128 bytes as JSON: `userId` in the roster.
   *
   * @default 'sub'
   */
  readonly userIdClaim?: string;

  /**
   * Claim that says which rooms its bearer may join: an array of names, or one string with names separated by
   * spaces. A name that ends in `*` is a prefix. Who has a token without it may join none.
   *
   * @default - none: every room
   */
  readonly roomsClaim?: string;

  /**
   * Claim that says whether its bearer may publish: `true`, or the string `true`. Who has a token without it only
   * listens.
   *
   * @default - none: everyone may publish
   */
  readonly publishClaim?: string;
}

/** An OpenID Connect provider whose tokens are taken. */
export interface JwtAuthorizationProps extends TokenClaims {
  /** The provider, as its tokens have it in the claim `iss`: an `https://` URL. */
  readonly issuer: string;

  /** What its tokens are for: one of these is to be in the claim `aud`. */
  readonly audience: string[];

  /**
   * Where the provider's keys are: an `https://` URL.
   *
   * @default - what `<issuer>/.well-known/openid-configuration` says, read once as an execution environment starts
   * @see https://openid.net/specs/openid-connect-discovery-1_0.html
   */
  readonly jwksUri?: string;
}

/** Which of a user pool's two tokens is taken. */
export enum CognitoTokenUse {
  /** The access token, which is meant for services. */
  ACCESS = 'access',
  /** The ID token, which has the user's attributes among its claims. */
  ID = 'id',
}

/** A Cognito user pool whose tokens are taken. */
export interface CognitoAuthorizationProps extends TokenClaims {
  /** The user pool. */
  readonly userPool: IUserPool;

  /** Its app clients: a token is to be for one of them. */
  readonly clients: IUserPoolClient[];

  /**
   * Which token is taken.
   *
   * @default CognitoTokenUse.ACCESS
   */
  readonly tokenUse?: CognitoTokenUse;
}

/** How tokens that your own backend mints are taken. */
export interface RoomTokensProps {
  /**
   * What the tokens are signed with: the secret's whole text, at least 32 bytes. The current version counts and the one
   * before it, so that it can be rotated while tokens are in use.
   *
   * @default - a new secret of 64 random characters, `tokenSecret` of the service
   */
  readonly secret?: ISecret;

  /**
   * Whether every token is to have a `jti`, and so opens one connection only. Without it that holds for those tokens
   * that have one.
   *
   * @default false
   */
  readonly singleUse?: boolean;
}
