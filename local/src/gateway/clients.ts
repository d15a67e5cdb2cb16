// The clients of a gateway, each from its handshake to the end of its `$disconnect`.
import { STATUS_CODES, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { newId } from './aws-names';
import { judgeConnect } from './connect';
import { Connection } from './connection';
import type { GatewayContext } from './context';
import { disconnectEvent, type ConnectionEnd, type ConnectionFacts } from './events';
import { sourceIp } from './handshake-request';
import { playRoute } from './integration';
import { MESSAGE_BYTES, URL_LENGTH } from './limits';
import { handleMessage } from './messages';
import { segmentsOf } from './request-path';

// Of the machine's time, not the clock's: a stop is not part of what is played.
const CLOSING_HANDSHAKE_MS = 1_000;
const STOP_MS = 5_000;

export class Clients {
  private readonly lives = new Set<Promise<void>>();
  private readonly pendingHandshakes = new Set<Socket>();
  private readonly subprotocols = new WeakMap<IncomingMessage, string>();
  private readonly server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MESSAGE_BYTES,
    // Only what `$connect` returned; `ws` by itself echoes the first one offered.
    handleProtocols: (_, request) => this.subprotocols.get(request) ?? false,
  });
  private stopped = false;

  constructor(private readonly context: GatewayContext) {}

  /** Takes over the socket of an HTTP request to upgrade. */
  handle(request: IncomingMessage, socket: Socket, head: Buffer): void {
    // A client may leave while its handshake is pending; from the 101 on, `ws` listens too.
    socket.on('error', () => {});
    const life = this.live(request, socket, head).finally(() => this.lives.delete(life));
    this.lives.add(life);
  }

  /**
   * Ends every connection with 1001, refuses new ones, and waits, for some seconds at most, until each `$disconnect`
   * has run.
   */
  async stop(): Promise<void> {
    this.stopped = true;
    const { connections } = this.context;
    for (const socket of this.pendingHandshakes) socket.destroy();
    for (const connection of connections.values()) connection.close();
    const terminate = () => connections.forEach((connection) => connection.terminate());
    const timers = [setTimeout(terminate, CLOSING_HANDSHAKE_MS)];
    const timeUp = new Promise((resolve) => timers.push(setTimeout(resolve, STOP_MS)));
    await Promise.race([Promise.all(this.lives), timeUp]);
    timers.forEach(clearTimeout);
  }

  private async live(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const facts = await this.shakeHands(request, socket);
    if (!facts) return;
    const end = await this.converse(facts, request, socket, head);
    // After the close, whoever closed; nobody hears what comes of it.
    const { context } = this;
    const route = context.routes.get('$disconnect');
    if (route) await playRoute(context, facts, route, disconnectEvent(facts, context.clock.now(), end));
  }

  /** The new connection's facts, where `$connect` accepted it; else the client has its answer. */
  private async shakeHands(request: IncomingMessage, socket: Socket): Promise<ConnectionFacts | undefined> {
    const { api, clock, stages } = this.context;
    const connectedAt = clock.now();
    const connectionId = newId();
    const [stageName = '', ...further] = segmentsOf(request);
    const stage = stages.get(stageName);
    const refuse = (status: number, error?: string) => {
      this.logHandshake({ connectedAt, connectionId, stageName }, status, error);
      writeRefusal(socket, status, connectionId);
      return undefined;
    };

    if (this.stopped) return refuse(503, 'the gateway stops');
    if (request.headers.upgrade?.toLowerCase() !== 'websocket') return refuse(426);
    if (!stage || further.some((segment) => segment !== '')) return refuse(403, 'there is no such stage');
    if ((request.url ?? '').length > URL_LENGTH) return refuse(414);

    const facts: ConnectionFacts = {
      api,
      stage: stage.model,
      connectionId,
      connectedAt,
      identity: { userAgent: request.headers['user-agent'], sourceIp: sourceIp(request) },
      host: request.headers.host ?? '',
    };
    this.pendingHandshakes.add(socket);
    const verdict = await judgeConnect(this.context, stage, facts, request);
    this.pendingHandshakes.delete(socket);
    if (!verdict.accepted) return refuse(verdict.status, verdict.error);
    if (verdict.subprotocol !== undefined) this.subprotocols.set(request, verdict.subprotocol);
    const identity = { ...facts.identity, ...verdict.principal };
    return { ...facts, identity, authorizer: verdict.authorizer };
  }

  /** Sends the 101 and serves the connection until it ends. */
  private converse(
    facts: ConnectionFacts,
    request: IncomingMessage,
    socket: Socket,
    head: Buffer,
  ): Promise<ConnectionEnd> {
    return new Promise((resolve) => {
      let established = false;
      // `ws` calls back before it returns, or never: where the client has left, or its handshake was no good.
      this.server.handleUpgrade(request, socket, head, (ws) => {
        established = true;
        this.logHandshake({ ...facts, stageName: facts.stage.stageName }, 101);
        this.serve(facts, ws, socket, resolve);
      });
      if (established) return;
      this.logHandshake(
        { ...facts, stageName: facts.stage.stageName },
        400,
        'the client left, or its handshake was malformed',
      );
      resolve({ code: 1006, reason: '' });
    });
  }

  private serve(
    facts: ConnectionFacts,
    ws: WebSocket,
    socket: Socket,
    ended: (end: ConnectionEnd) => void,
  ): void {
    const { connections, connectionLifetimeMs, clock, log } = this.context;
    const { connectionId, stage } = facts;
    const connection = new Connection(facts, ws, socket, clock, connectionLifetimeMs, {
      onMessage: (text) => void handleMessage(this.context, connection, text),
      onEnd: (end) => {
        connections.delete(connectionId);
        log({ event: 'close', at: clock.now(), stage: stage.stageName, connectionId, ...end });
        ended(end);
      },
    });
    connections.set(connectionId, connection);
  }

  private logHandshake(
    of: { connectedAt: number; connectionId: string; stageName: string },
    status: number,
    error?: string,
  ): void {
    const at = this.context.clock.now();
    const { connectedAt, connectionId, stageName } = of;
    this.context.log({
      event: 'handshake',
      at,
      stage: stageName,
      connectionId,
      status,
      ms: at - connectedAt,
      error,
    });
  }
}

function writeRefusal(socket: Socket, status: number, connectionId: string): void {
  const reason = STATUS_CODES[status] ?? '';
  const body = JSON.stringify({ message: reason, connectionId, requestId: newId() });
  socket.once('finish', () => socket.destroy());
  socket.end(
    [
      `HTTP/1.1 ${status} ${reason}`,
      'Connection: close',
      ...(status === 426 ? ['Upgrade: websocket'] : []),
      'Content-Type: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  );
}
