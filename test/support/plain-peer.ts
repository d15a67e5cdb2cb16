// A peer that runs the plain protocol: it knows `register`, `offer`, `answer` and `ice-candidate`, sends no `to`, awaits
// nothing and ignores all else. As simple as the code of the tutorials.
import { RTCPeerConnection } from '@roamhq/wrtc';
import { Wire } from './wire';

export class PlainPeer {
  readonly connection = new RTCPeerConnection();
  readonly channel: Promise<RTCDataChannel>;

  private constructor(
    private readonly wire: Wire,
    private readonly roomId: string,
    offers: boolean,
  ) {
    this.channel = offers
      ? opened(this.connection.createDataChannel('plain'))
      : new Promise((resolve) => {
          this.connection.ondatachannel = ({ channel }) => resolve(opened(channel));
        });
    this.connection.onicecandidate = ({ candidate }) => {
      if (candidate) this.send({ type: 'ice-candidate', candidate: candidate.toJSON() });
    };
    wire.socket.on('message', (data: Buffer) => void this.receive(JSON.parse(data.toString())));
  }

  /** @param offers sends its offer along with its `register`, as whoever comes second does */
  static async join(url: string, roomId: string, { offers }: { offers: boolean }): Promise<PlainPeer> {
    const wire = await Wire.open(url);
    const peer = new PlainPeer(wire, roomId, offers);
    peer.send({ type: 'register' });
    if (offers) {
      const offer = await peer.connection.createOffer();
      peer.send({ type: 'offer', offer });
      await peer.connection.setLocalDescription(offer);
    }
    return peer;
  }

  async close(): Promise<void> {
    this.connection.close();
    await this.wire.close();
  }

  private async receive(message: any): Promise<void> {
    if (message.type === 'offer') {
      await this.connection.setRemoteDescription(message.offer);
      const answer = await this.connection.createAnswer();
      await this.connection.setLocalDescription(answer);
      this.send({ type: 'answer', answer });
    } else if (message.type === 'answer') {
      await this.connection.setRemoteDescription(message.answer);
    } else if (message.type === 'ice-candidate') {
      await this.connection.addIceCandidate(message.candidate);
    }
  }

  private send(message: object): void {
    this.wire.send({ ...message, roomId: this.roomId });
  }
}

async function opened(channel: RTCDataChannel): Promise<RTCDataChannel> {
  if (channel.readyState !== 'open') await new Promise((resolve) => (channel.onopen = resolve));
  return channel;
}
