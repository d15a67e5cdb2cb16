// Calls of real peer connections (libwebrtc), each by a way to the service of its own on which things can go wrong.
import { MediaStream, nonstandard, RTCPeerConnection } from '@roamhq/wrtc';
import WebSocket from 'ws';
import { type Call, type CallPeer, joinCall, type JoinCallOptions } from 'webrtc-signaling-client';
import { type Between, between } from './between';
import { next } from './next-event';

export { eventually } from './eventually';

export interface Pair {
  ann: Call;
  bob: Call;
  annAtBob: CallPeer;
  bobAtAnn: CallPeer;
}

export class Calls {
  /** In the order of joining. */
  readonly calls: Call[] = [];
  readonly ways: Between[] = [];
  readonly connections: RTCPeerConnection[] = [];

  constructor(private readonly url: string) {}

  async join(
    roomId: string,
    options: JoinCallOptions = {},
    disturb: (way: Between) => void = () => undefined,
  ): Promise<Call> {
    const { connections } = this;
    class Counted extends RTCPeerConnection {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        connections.push(this);
      }
    }
    const way = await between(this.url);
    this.ways.push(way);
    disturb(way);
    const call = await joinCall(way.url, roomId, {
      WebSocket,
      RTCPeerConnection: Counted,
      MediaStream,
      ...options,
    });
    this.calls.push(call);
    return call;
  }

  /** Two peers, as each has the other. */
  async pair(roomId: string, options?: JoinCallOptions): Promise<Pair> {
    const ann = await this.join(roomId, { metadata: { name: 'Ann' }, ...options });
    const bob = await this.join(roomId, { metadata: { name: 'Bob' }, ...options });
    const [[bobAtAnn], [annAtBob]] = await Promise.all([next(ann, 'data-open'), next(bob, 'data-open')]);
    return { ann, bob, annAtBob, bobAtAnn };
  }

  /** Everything ended; whatever a call left open is returned. */
  async close(): Promise<RTCPeerConnection[]> {
    await Promise.all(this.calls.splice(0).map((call) => call.leave()));
    await Promise.all(this.ways.splice(0).map((way) => way.close()));
    return this.connections.splice(0).filter(({ connectionState }) => connectionState !== 'closed');
  }
}

export function videoTrack(): MediaStreamTrack {
  return new nonstandard.RTCVideoSource().createTrack();
}
