import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type {
  CognitoAuthorizationProps,
  JwtAuthorizationProps,
  RoomTokensProps,
} from './authorization-props';
import {
  type AuthorizationKind,
  byFunction,
  byIam,
  byProvider,
  byRoomTokens,
  byUserPool,
  open,
} from './private/authorization-kinds';

/** Who may connect to a signaling service, and what they may do there. */
export class SignalingAuthorization {
  /**
   * Whoever knows the URL: in any room, under no name. The service gives a warning, which is acknowledged by its id,
   * `cdk-webrtc-signaling:noAuthorization`.
   */
  public static none(): SignalingAuthorization {
    return new SignalingAuthorization(open());
  }

  /**
   * Principals of AWS, by URLs that are signed with their credentials; `grantConnect` says who may. They may join every
   * room; `userId` is their unique id, with the name of the session where they are one of a role: `AROA…:SESSION`.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-control-access-iam.html
   */
  public static iam(): SignalingAuthorization {
    return new SignalingAuthorization(byIam());
  }

  /** Users of any OpenID Connect provider, by its tokens, signed with a key that the provider publishes. */
  public static jwt(props: JwtAuthorizationProps): SignalingAuthorization {
    return new SignalingAuthorization(byProvider(props));
  }

  /** Users of a Cognito user pool. */
  public static cognito(props: CognitoAuthorizationProps): SignalingAuthorization {
    return new SignalingAuthorization(byUserPool(props));
  }

  /**
   * Whom your own backend gives a token: a JWT (HS256) that says who it is, for which rooms, and whether they may publish
   * or only listen.
   */
  public static roomTokens(props: RoomTokensProps = {}): SignalingAuthorization {
    return new SignalingAuthorization(byRoomTokens(props));
  }

  /**
   * Whom a function of yours lets in.
   *
   * It gets the event of a REQUEST authorizer of `$connect`, without identity source. It throws an error with the message
   * `Unauthorized` (401), or returns a policy that denies (403) or allows `methodArn`, with `principalId` and a `context`
   * of strings: `userId`, `rooms` (a JSON array of names; one that ends in `*` is a prefix; absent: every room) and
   * `publish` (`false`: may only listen). In Python its name is `lambda_`, `lambda` being a word of the language.
   *
   * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-lambda-auth.html
   */
  public static lambda(handler: IFunction): SignalingAuthorization {
    return new SignalingAuthorization(byFunction(handler));
  }

  /** @internal */
  public readonly _kind: AuthorizationKind;

  private constructor(kind: AuthorizationKind) {
    this._kind = kind;
  }
}
