/** `gone`: the connection has ended. `failed`: it may be there, but did not take the frame. */
export type Posted = 'delivered' | 'gone' | 'failed';

/** The way to a peer. */
export interface PeerChannel {
  /** Sends one text frame; never throws. */
  post(connectionId: string, frame: string): Promise<Posted>;

  /** Ends the connection; `gone` where it had ended. Never throws. */
  close(connectionId: string): Promise<'closed' | 'gone' | 'failed'>;
}
