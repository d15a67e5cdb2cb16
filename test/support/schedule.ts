// A world in which every request, post and index update waits for a scheduler to let it happen, and time moves
// only when nothing else can: so any order of steps can be tried, thousands of times a second.
import type fc from 'fast-check';
import { disconnect } from '../../lambda/signaling/depart';
import type { Posted } from '../../lambda/signaling/peer-channel';
import type { Signaling } from '../../lambda/signaling/operation';
import { receive, type Received } from '../../lambda/signaling/receive';
import type { Connection, RoomStore } from '../../lambda/signaling/room-store';
import type { Settings } from '../../lambda/signaling/settings';
import type { Tally } from '../../lambda/signaling/tally';
import type { ClientMessage, ServerMessage } from '../../protocol/messages';
import { MemoryRoomStore } from './memory-room-store';

/** A client that knows the plain protocol and believes what it is told, in the order it is told. */
export class ScheduledClient {
  open = true;
  readonly inbox: ServerMessage[] = [];

  constructor(readonly connection: Connection) {}

  get id() {
    return this.connection.connectionId;
  }

  /** Whom it believes to be in the room beside it; undefined where it is not in the room itself. */
  view(roomId: string): Set<string> | undefined {
    const peers = new Set<string>();
    let registered = false;
    for (const message of this.inbox) {
      if (!('roomId' in message) || message.roomId !== roomId) continue;
      if (message.type === 'registered') {
        registered = true;
        for (const peer of message.peers) peers.add(peer.peerId);
      } else if (message.type === 'peer-joined') {
        peers.add(message.peerId);
        if (message.replaces) peers.delete(message.replaces);
      } else if (message.type === 'peer-left') peers.delete(message.peerId);
      else if (message.type === 'left') {
        registered = false;
        peers.clear();
      }
    }
    return registered ? peers : undefined;
  }

  heard<T extends ServerMessage['type']>(type: T) {
    return this.inbox.filter((message) => message.type === type) as (ServerMessage & { type: T })[];
  }
}

export class ScheduledWorld {
  readonly store: MemoryRoomStore;
  readonly clients: ScheduledClient[] = [];
  readonly handled: Received[] = [];
  /** Of every event that was handled to its end. */
  readonly tallies: Tally[] = [];
  private now = 1_000_000;
  /** The index lags: what is written reaches it in the next phase at the soonest, at some step of that. */
  private readonly indexUpdates: (() => void)[] = [];
  private readonly sleepers: { at: number; wake: () => void }[] = [];

  constructor(
    private readonly scheduler: fc.Scheduler,
    private readonly settings: Settings,
    names: string[],
    /** Looks at the tables after each step. */
    private readonly invariant: (store: MemoryRoomStore) => void,
  ) {
    this.store = new MemoryRoomStore((apply) => this.indexUpdates.push(apply));
    for (const name of names) this.connect(name);
  }

  connect(connectionId: string): ScheduledClient {
    // No two at the same moment.
    const client = new ScheduledClient({ connectionId, connectedAt: this.now + this.clients.length });
    this.clients.push(client);
    void this.store.putConnection(client.connection);
    return client;
  }

  /** Its handler stops dead ahead of its request `diesAt`, counted from 0; it never does, if not given. */
  send(client: ScheduledClient, message: ClientMessage, diesAt = Infinity): void {
    if (!client.open) return;
    void receive(this.signaling(diesAt), this.settings, client.connection, JSON.stringify(message)).then(
      (received) => {
        this.handled.push(received);
        this.tallies.push(received.tally);
      },
    );
  }

  /** The socket ends at some moment, and `$disconnect` is handled at some later one, or never. */
  end(client: ScheduledClient, { disconnectArrives }: { disconnectArrives: boolean }): void {
    void this.scheduler.schedule(Promise.resolve(), `close ${client.id}`).then(async () => {
      client.open = false;
      if (!disconnectArrives) return;
      await this.scheduler.schedule(Promise.resolve(), `$disconnect ${client.id}`);
      const { failure, tally } = await disconnect(this.signaling(), client.connection);
      this.tallies.push(tally);
      if (failure) throw new Error('not disconnected', { cause: failure });
    });
  }

  /** Lets everything happen, in the scheduler's order, until nothing is left to. */
  async settle(): Promise<void> {
    for (const apply of this.indexUpdates.splice(0)) {
      void this.scheduler.schedule(Promise.resolve(), 'index').then(apply);
    }
    for (;;) {
      await flush();
      if (this.scheduler.count() > 0) await this.scheduler.waitOne();
      else if (this.sleepers.length > 0) this.wakeNext();
      else return;
      this.invariant(this.store);
    }
  }

  /** Nothing is going on meanwhile. */
  passTime(ms: number) {
    this.now += ms;
  }

  private signaling(diesAt = Infinity): Signaling {
    let requests = 0;
    const request = async (label: string) => {
      if (requests++ >= diesAt) await new Promise(() => undefined);
      await this.scheduler.schedule(Promise.resolve(), label);
    };
    return {
      store: new Proxy<RoomStore>(this.store, {
        get:
          (store, method: keyof RoomStore) =>
          async (...args: unknown[]) => {
            await request(`${method} ${args.map(brief).join(' ')}`);
            return (store[method] as (...args: unknown[]) => Promise<unknown>).apply(store, args);
          },
      }),
      channel: {
        post: async (connectionId, frame) => {
          await request(`post ${connectionId}`);
          return this.deliver(connectionId, frame);
        },
        close: async (connectionId) => {
          await request(`close ${connectionId}`);
          const client = this.clients.find(({ id }) => id === connectionId);
          if (!client?.open) return 'gone';
          this.end(client, { disconnectArrives: true });
          return 'closed';
        },
      },
      clock: {
        now: () => this.now,
        sleep: (ms) => new Promise((wake) => this.sleepers.push({ at: this.now + ms, wake })),
      },
    };
  }

  private wakeNext() {
    this.sleepers.sort((a, b) => a.at - b.at);
    const { at, wake } = this.sleepers.shift()!;
    this.now = Math.max(this.now, at);
    wake();
  }

  private deliver(connectionId: string, frame: string): Posted {
    const client = this.clients.find(({ id }) => id === connectionId);
    if (!client?.open) return 'gone';
    client.inbox.push(JSON.parse(frame) as ServerMessage);
    return 'delivered';
  }
}

/** Between two requests a handler takes some microtasks: 12 at most as it is (with 20 the schedules are the same). */
async function flush() {
  for (let turn = 0; turn < 15; turn += 1) await Promise.resolve();
}

function brief(arg: unknown): string {
  return typeof arg === 'object' && arg !== null && 'connectionId' in arg
    ? String(arg.connectionId)
    : String(arg);
}
