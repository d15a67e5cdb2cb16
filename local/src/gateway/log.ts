/** What happened in the gateway, without the messages themselves. */
export type GatewayLogEntry = {
  /** Unix milliseconds. */
  at: number;
  stage: string;
  connectionId: string;
} & (
  | {
      /** A handshake was answered: 101, or why not. */
      event: 'handshake';
      status: number;
      ms: number;
      error?: string;
    }
  | {
      /** A route was played. */
      event: 'route';
      /** `$default` of a message without a route of its own. */
      routeKey: string;
      /** Absent where no function ran. */
      functionId?: string;
      outcome: 'returned' | 'threw' | 'timed-out' | 'no-route' | 'throttled';
      ms: number;
      /** Where the outcome is not `returned`. */
      error?: string;
    }
  | {
      /** Somebody called `@connections`. */
      event: 'callback';
      method: string;
      status: number;
      /** Of what was posted. */
      bytes: number;
    }
  | {
      /** An established connection has ended. */
      event: 'close';
      code: number;
      reason: string;
    }
);
