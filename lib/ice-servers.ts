/** One STUN or TURN server, in the shape of an entry of `RTCConfiguration.iceServers`. */
export interface IceServerEntry {
  /**
   * Addresses of the server: `stun:host:port`, `stuns:…`, `turn:host:port?transport=udp`, `turns:…`.
   *
   * @see https://www.rfc-editor.org/rfc/rfc7064 (stun), https://www.rfc-editor.org/rfc/rfc7065 (turn)
   */
  readonly urls: string[];

  /**
   * TURN user name.
   *
   * @default - none; required beside a `turn:` or `turns:` URL
   */
  readonly username?: string;

  /**
   * TURN password. It stands in the template, and every client that joins a room receives it.
   *
   * @default - none; required beside a `turn:` or `turns:` URL
   */
  readonly credential?: string;
}

/** The STUN and TURN servers that clients are told to use. */
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
    return new IceServers([{ urls }]);
  }

  /**
   * Servers written out, TURN with its credentials among them.
   *
   * The credentials are the same for every client, stand in the template and do not expire: whoever joins a room
   * once can relay through the server for as long as they hold.
   */
  public static entries(...entries: IceServerEntry[]): IceServers {
    return new IceServers(entries);
  }

  /** All of several, in their order. */
  public static combine(...iceServers: IceServers[]): IceServers {
    return new IceServers(iceServers.flatMap(({ _entries }) => _entries));
  }

  /** @internal */
  public readonly _entries: IceServerEntry[];

  private constructor(entries: IceServerEntry[]) {
    // Field by field: what else an object brings must not reach the template.
    this._entries = entries.map(({ urls, username, credential }) => ({ urls, username, credential }));
  }
}
