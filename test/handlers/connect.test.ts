// Who gets a connection, by real handshakes.
import { ScanCommand } from '@aws-sdk/client-dynamodb';
import { type HandlersOnGateway, startHandlers } from '../support/handlers-on-gateway';

let service: HandlersOnGateway;
let log: string;

beforeEach(() => {
  log = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    log += String(text);
    return true;
  });
});
afterEach(async () => {
  await service.close();
  jest.restoreAllMocks();
});

const ALLOWED_ORIGINS = '["https://app.example.com"]';

describe('an origin', () => {
  it('that is allowed gets a connection, another 403, and so do two at once', async () => {
    service = await startHandlers({ connect: { ALLOWED_ORIGINS } });
    await service.open({}, { origin: 'https://app.example.com' });
    expect(await service.refused({}, { origin: 'https://evil.example' })).toBe(403);
    expect(await service.refused({}, { origin: 'null' })).toBe(403);
    const twice = ['https://app.example.com', 'https://app.example.com'] as unknown as string;
    expect(await service.refused({}, { headers: { Origin: twice } })).toBe(403);
    expect(log).toContain('the origin is not allowed');
    expect(log).not.toContain('evil');
  });

  it('may be absent, unless that is not allowed', async () => {
    service = await startHandlers({ connect: { ALLOWED_ORIGINS } });
    await service.open();
    await service.close();
    service = await startHandlers({ connect: { ALLOW_ABSENT_ORIGIN: 'false' } });
    expect(await service.refused()).toBe(403);
    await service.open({}, { origin: 'https://anyone.example' });
  });
});

describe('subprotocols', () => {
  it('are answered with the name of the protocol, and never with a token', async () => {
    service = await startHandlers({});
    const wire = await service.open({}, { protocols: ['token.abc', 'webrtc-signaling'] });
    expect(wire.socket.protocol).toBe('webrtc-signaling');
    const other = await service.open({});
    expect(other.socket.protocol).toBe('');
    expect(log).not.toContain('abc');
  });
});

describe('a token for one connection', () => {
  const context = { tokenId: 'token-1', tokenExpiresAt: String(Math.floor(Date.now() / 1000) + 60) };

  it('is good for one, also where two come with it at the same moment', async () => {
    service = await startHandlers({ authorizes: true });
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => service.open(context)));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await service.refused(context)).toBe(403);
    expect(log).toContain('the token was used before');
    expect(log).not.toContain('token-1');
  });

  it('that cannot be claimed is refused', async () => {
    service = await startHandlers({ authorizes: true });
    for (const broken of [{ tokenExpiresAt: 'soon' }, { tokenId: '' }, { tokenId: 'x'.repeat(1025) }]) {
      expect(await service.refused({ ...context, ...broken })).toBe(403);
    }
    expect(await service.refused({ tokenId: 'token-2' })).toBe(403);
    expect(await service.tables.countRows()).toBe(0);
  });

  it('is remembered for as long as it lasts, and goes with the time to live', async () => {
    service = await startHandlers({ authorizes: true });
    await service.open(context);
    const { Items } = await service.tables.client.send(
      new ScanCommand({ TableName: service.tables.environment.CONNECTIONS_TABLE }),
    );
    const claimed = Items!.find(({ connectionId }) => connectionId.S === 'token#token-1')!;
    expect(Number(claimed.expiresAt.N)).toBe(Number(context.tokenExpiresAt) + 300);
  });
});

describe('a user', () => {
  it('gets as many connections a minute as allowed, others are not held back by it', async () => {
    service = await startHandlers({
      authorizes: true,
      connect: { MAX_CONNECTIONS_PER_USER_PER_MINUTE: '3' },
    });
    jest.spyOn(Date, 'now').mockReturnValue(Date.UTC(2026, 0, 1, 12, 0, 30));
    for (let i = 0; i < 3; i += 1) await service.open({ userId: 'ann' });
    expect(await service.refused({ userId: 'ann' })).toBe(429);
    await service.open({ userId: 'bob' });
    jest.mocked(Date.now).mockReturnValue(Date.UTC(2026, 0, 1, 12, 1, 1));
    await service.open({ userId: 'ann' });
    expect(log).toContain('connection 4 of its user in a minute, at most 3');
    expect(log).not.toContain('ann');
    const { Items } = await service.tables.client.send(
      new ScanCommand({ TableName: service.tables.environment.CONNECTIONS_TABLE }),
    );
    const counters = Items!.filter(({ connectionId }) => connectionId.S!.startsWith('user#'));
    expect(counters).toHaveLength(3);
    for (const { expiresAt } of counters) expect(Number(expiresAt.N)).toBeGreaterThan(0);
  });

  it('may come any number of times where there is no limit, and nothing is counted', async () => {
    service = await startHandlers({ authorizes: true });
    for (let i = 0; i < 5; i += 1) await service.open({ userId: 'ann' });
    expect(await service.tables.countRows()).toBe(5);
  });

  it('is known by a name that a roster of a full room has place for', async () => {
    service = await startHandlers({ authorizes: true });
    const wire = await service.open({ userId: 'é'.repeat(64) });
    await wire.join('room');
    expect(await service.refused({ userId: `${'é'.repeat(64)}x` })).toBe(403);
    expect(await service.refused({ userId: '\u0001'.repeat(22) })).toBe(403);
    expect(log).toContain('the userId has 129 bytes as JSON, at most 128');
  });
});
