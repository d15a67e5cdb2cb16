import { useEffect, useState } from 'react';
import {
  type Call,
  type CallEvents,
  type CallPeer,
  joinCall,
  type JoinCallOptions,
  type SignalingState,
} from 'webrtc-signaling-client';

/** A call as it is at one rendering. */
export interface CallSnapshot {
  /** Absent until it is joined. */
  call?: Call;
  peers: readonly CallPeer[];
  /** Of the connection to the signaling server; `closed` too where the call could not be joined. */
  state: SignalingState;
  /** Why it could not be joined; of a call that goes on, what failed last. */
  error?: Error;
}

const JOINING: CallSnapshot = { peers: [], state: 'connecting' };

/** After each of these the call looks different. */
const CHANGES = [
  'peer-joined',
  'peer-left',
  'peer-replaced',
  'peer-state',
  'track',
  'track-ended',
  'data-open',
  'state',
] as const satisfies (keyof CallEvents)[];

/**
 * Is in the call of this room for as long as the component is mounted, and renders it anew as the call changes.
 *
 * @param options as they are when the call is joined; what changes later, such as the tracks sent, is told to `call`
 */
export function useCall(
  url: string,
  roomId: string,
  options?: Omit<JoinCallOptions, 'signal'>,
): CallSnapshot {
  const [view, setView] = useState(JOINING);

  useEffect(() => {
    const unmounting = new AbortController();
    const { signal } = unmounting;
    const joining = joinCall(url, roomId, { ...options, signal });

    joining.then(
      (call) => {
        const show = (error?: Error) => {
          if (signal.aborted) return;
          setView((shown) => ({
            call,
            peers: [...call.peers.values()],
            state: call.state,
            error: error ?? shown.error,
          }));
        };
        for (const type of CHANGES) call.on(type, () => show());
        call.on('error', show);
        show();
      },
      (error: Error) => {
        if (!signal.aborted) setView({ peers: [], state: 'closed', error });
      },
    );

    return () => {
      // StrictMode mounts twice: the first time may be over before anything was joined.
      unmounting.abort();
      joining.then((call) => call.leave()).catch(() => undefined);
      setView(JOINING);
    };
    // `options` are made anew at each rendering: no reason to join anew.
  }, [url, roomId]);

  return view;
}
