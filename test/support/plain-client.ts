// The client that everybody wrote before: it knows register, offer, answer and ice-candidate, sends no `to`, waits for
// no answer and ignores what it does not know.
import { RTCPeerConnection } from '@roamhq/wrtc';
import WebSocket from 'ws';

type Message = Record<string, any>;

export class PlainClient {
  readonly connection = new RTCPeerConnection();
  private readonly socket: WebSocket;
  private readonly early: any[] = [];
  private channelIsOpen: (channel: RTCDataChannel) => void = () => undefined;
  /** Resolves with the data channel once it is open. */
  readonly channel = new Promise<RTCDataChannel>((resolve) => (this.channelIsOpen = resolve));

  private isClosed = false;
  private isRegistered: () => void = () => undefined;
  /** For the test to look at; the client itself takes no notice. */
  readonly registered = new Promise<void>((resolve) => (this.isRegistered = resolve));

  /** @param calls whether it sends an offer right behind its register, or waits for one */
  static async start(url: string, roomId: string, { calls }: { calls: boolean }): Promise<PlainClient> {
    const client = new PlainClient(url, roomId);
    let offer: RTCSessionDescriptionInit | undefined;
    if (calls) {
      const channel = client.connection.createDataChannel('plain');
      channel.onopen = () => client.channelIsOpen(channel);
      offer = await client.connection.createOffer();
    }
    await new Promise((resolve) => (client.socket.onopen = resolve));
    client.send({ type: 'register', roomId });
    if (offer) {
      client.send({ type: 'offer', roomId, offer });
      await client.connection.setLocalDescription(offer);
    }
    return client;
  }

  private constructor(
    url: string,
    private readonly roomId: string,
  ) {
    this.socket = new WebSocket(url);
    this.socket.onmessage = ({ data }) => {
      this.receive(JSON.parse(data as string) as Message).catch((error: unknown) => {
        // Candidates may still be on the way as it hangs up.
        if (!this.isClosed) throw error;
      });
    };
    this.connection.onicecandidate = ({ candidate }) => {
      if (candidate) this.send({ type: 'ice-candidate', roomId: this.roomId, candidate });
    };
    this.connection.ondatachannel = ({ channel }) => {
      if (channel.readyState === 'open') this.channelIsOpen(channel);
      else channel.onopen = () => this.channelIsOpen(channel);
    };
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.connection.close();
    const closed = new Promise((resolve) => (this.socket.onclose = resolve));
    this.socket.close();
    await closed;
  }

  private async receive(message: Message) {
    if (message.type === 'registered') this.isRegistered();
    switch (message.type) {
      case 'offer': {
        await this.describeRemote(message.offer as RTCSessionDescriptionInit);
        const answer = await this.connection.createAnswer();
        await this.connection.setLocalDescription(answer);
        this.send({ type: 'answer', roomId: this.roomId, answer });
        return;
      }
      case 'answer':
        return this.describeRemote(message.answer as RTCSessionDescriptionInit);
      case 'ice-candidate':
        if (this.connection.remoteDescription) await this.connection.addIceCandidate(message.candidate);
        else this.early.push(message.candidate);
    }
  }

  private async describeRemote(description: RTCSessionDescriptionInit) {
    await this.connection.setRemoteDescription(description);
    for (const candidate of this.early.splice(0)) await this.connection.addIceCandidate(candidate);
  }

  private send(message: Message) {
    this.socket.send(JSON.stringify(message));
  }
}
