import { Duration } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { CoturnServer } from './coturn-server';
import type { IceSource } from './private/ice-sources';

/** A TURN server with one user name and password. */
export interface TurnIceServersProps {
  /**
   * Addresses of the server: `turn:host:port?transport=udp`, `turns:…`, and `stun:…` where it answers that too.
   *
   * @see https://www.rfc-editor.org/rfc/rfc7064 (stun), https://www.rfc-editor.org/rfc/rfc7065 (turn)
   */
  readonly urls: string[];

  /** TURN user name. */
  readonly username: string;

  /** Holds the TURN password. Every client that joins a room is given the password: it does not expire. */
  readonly credential: ISecret;

  /**
   * Field of the secret that holds the password, where the secret's text is a JSON object.
   *
   * @default - the whole text of the secret is the password
   */
  readonly credentialField?: string;
}

/** A coturn, or any other server that knows the credentials of the TURN REST API. */
export interface CoturnIceServersProps {
  /** Addresses of the server: `turn:host:port?transport=udp`, `turns:…`, and `stun:…` where it answers that too. */
  readonly urls: string[];

  /** Its text is the server's `static-auth-secret`. */
  readonly secret: ISecret;

  /**
   * How long credentials hold, 5 minutes to 24 hours. They are for beginning to relay: who relays by then goes on.
   *
   * @default Duration.hours(2), as long as a connection may last: a client that never renews has good ones throughout
   */
  readonly ttl?: Duration;
}

/** Cloudflare's TURN service. */
export interface CloudflareIceServersProps {
  /** Id of the TURN key. */
  readonly keyId: string;

  /** Its text is the API token of the TURN key. */
  readonly apiToken: ISecret;

  /**
   * How long credentials hold, 5 minutes to 48 hours.
   *
   * @default Duration.hours(2), as long as a connection may last
   */
  readonly ttl?: Duration;
}

/**
 * The STUN and TURN servers that clients are told to use. Secrets are read by the function that answers clients, as it
 * first needs them: none is in the template, in an environment variable or in a log.
 */
export class IceServers {
  /** Google's public STUN server, `stun:stun.l.google.com:19302`. It comes without any promise of service. */
  public static google(): IceServers {
    return IceServers.stun('stun:stun.l.google.com:19302');
  }

  /**
   * STUN servers, which need no credentials.
   *
   * @param urls `stun:` or `stuns:` URLs
   */
  public static stun(...urls: string[]): IceServers {
    return new IceServers([{ kind: 'static', iceServers: [{ urls }] }]);
  }

  /**
   * A TURN server with a user name and password that are the same for every client: whoever joins a room once can
   * relay through the server until you change the password. Where the server can, take `coturn`.
   */
  public static turn(props: TurnIceServersProps): IceServers {
    const { urls, username, credential, credentialField } = props;
    return new IceServers([
      { kind: 'turn', urls, username, secret: credential, secretField: credentialField },
    ]);
  }

  /**
   * A server that shares a secret with the service: each peer gets credentials of its own that expire, made without
   * a request to the server.
   *
   * @see https://datatracker.ietf.org/doc/html/draft-uberti-behave-turn-rest-00
   */
  public static coturn(props: CoturnIceServersProps): IceServers {
    const { urls, secret, ttl = Duration.hours(2) } = props;
    return new IceServers([{ kind: 'coturn', urls, secret, ttlSeconds: ttl.toSeconds() }]);
  }

  /**
   * Cloudflare's TURN service: each peer gets credentials of its own that expire, by one request to Cloudflare.
   *
   * @see https://developers.cloudflare.com/realtime/turn/generate-credentials/
   */
  public static cloudflare(props: CloudflareIceServersProps): IceServers {
    const { keyId, apiToken, ttl = Duration.hours(2) } = props;
    const url = `https://rtc.live.cloudflare.com/v1/turn/keys/${keyId}/credentials/generate-ice-servers`;
    return new IceServers([
      { kind: 'cloudflare', url, keyId, secret: apiToken, ttlSeconds: ttl.toSeconds() },
    ]);
  }

  /** A coturn of this app's, by all of its addresses, with credentials that hold for two hours. */
  public static of(server: CoturnServer): IceServers {
    return IceServers.coturn({ urls: server.urls, secret: server.secret });
  }

  /** All of several, in their order. */
  public static combine(...iceServers: IceServers[]): IceServers {
    return new IceServers(iceServers.flatMap(({ _sources }) => _sources));
  }

  /** @internal */
  public readonly _sources: IceSource[];

  private constructor(sources: IceSource[]) {
    this._sources = sources;
  }
}
