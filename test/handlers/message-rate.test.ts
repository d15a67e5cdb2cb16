// Several execution environments that count the messages of connections, at a time that the test sets.
import { type RateTotals, SharedMessageRate } from '../../lambda/signaling/message-rate';

const LIMIT = 50;
const IN_A_WINDOW = 10 * LIMIT;

/** As the connection's row does. */
class Row {
  told = 0;
  fails = false;
  private window = -1;
  private totals: RateTotals = { messages: 0, refusals: 0 };

  async add(_connectionId: string, window: number, saw: RateTotals): Promise<RateTotals> {
    this.told += 1;
    if (this.fails) throw new Error('throttled');
    if (window > this.window) this.totals.messages = 0;
    this.window = window;
    this.totals.messages += saw.messages;
    this.totals.refusals += saw.refusals;
    return { ...this.totals };
  }
}

let row: Row;
let now: number;

beforeEach(() => {
  row = new Row();
  now = 1_000_000;
});

const environments = (count: number, limit = LIMIT) =>
  Array.from({ length: count }, () => new SharedMessageRate(limit, row));

/** Sends so many messages, each to the next environment; how many got each verdict. */
async function send(count: number, to: SharedMessageRate[]) {
  const verdicts = { within: 0, over: 0, 'persistently-over': 0 };
  for (let i = 0; i < count; i += 1) verdicts[await to[i % to.length].judge('a', now)] += 1;
  return verdicts;
}

it('lets in what is allowed within ten seconds, and no more, and again in the next ten', async () => {
  const one = environments(1);
  expect(await send(IN_A_WINDOW, one)).toMatchObject({ within: IN_A_WINDOW });
  expect(await send(10, one)).toMatchObject({ over: 10 });
  now += 10_000;
  expect(await send(IN_A_WINDOW, one)).toMatchObject({ within: IN_A_WINDOW });
});

it('tells nobody of a connection that keeps below a tenth of it in each environment', async () => {
  const ten = environments(10);
  for (let window = 0; window < 5; window += 1) {
    expect(await send(10 * (IN_A_WINDOW / 10 - 1), ten)).toMatchObject({ over: 0, 'persistently-over': 0 });
    now += 10_000;
  }
  expect(row.told).toBe(0);
});

it.each([2, 8, 20, 100])('sees a flood that %i environments share', async (count) => {
  const verdicts = await send(20 * IN_A_WINDOW, environments(count));
  // Each may have seen its share before it told of it.
  const most = IN_A_WINDOW + count * (IN_A_WINDOW / 10);
  expect(verdicts.within).toBeLessThanOrEqual(most);
  expect(verdicts['persistently-over']).toBeGreaterThan(0);
  // One request for 10 messages.
  expect(row.told).toBeLessThanOrEqual((20 * IN_A_WINDOW) / 10);
});

it('sees a flood of messages that each wait, so that no environment sees many', async () => {
  // As many a second as 54 environments take where each makes one wait for half a second.
  const all = environments(54);
  const verdicts: Record<string, number> = {};
  for (let sent = 0; sent < 3_000; sent += 1, now += 10) {
    const verdict = await all[sent % all.length].judge('a', now);
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
    if (verdict === 'within') all[sent % all.length].waited('a', 500);
  }
  expect(verdicts['persistently-over']).toBeGreaterThan(0);
});

it('tells nobody of a connection of which a few messages wait', async () => {
  const [one] = environments(1);
  for (let window = 0; window < 5; window += 1) {
    await send(10, [one]);
    one.waited('a', 2_000);
    await send(10, [one]);
    now += 10_000;
  }
  expect(row.told).toBe(0);
});

it('is through with a connection once as much was refused as it may send in ten seconds', async () => {
  const one = environments(1);
  let refused = 0;
  for (let window = 0; ; window += 1) {
    const { over, 'persistently-over': persistently } = await send(IN_A_WINDOW + 100, one);
    refused += over;
    if (persistently > 0) break;
    now += 10_000;
    expect(window).toBeLessThan(10);
  }
  expect(refused).toBe(IN_A_WINDOW);
});

it('adds up what several environments refused', async () => {
  const verdicts = await send(3 * IN_A_WINDOW, environments(2));
  expect(verdicts['persistently-over']).toBeGreaterThan(0);
});

it('goes by what it sees itself where the row cannot be reached', async () => {
  row.fails = true;
  expect(await send(IN_A_WINDOW + 10, environments(1))).toMatchObject({ within: IN_A_WINDOW, over: 10 });
});

it('keeps connections apart, and forgets those heard of longest ago', async () => {
  const [one] = environments(1, 1);
  for (let i = 0; i < 11; i += 1) await one.judge('flood', now);
  expect(await one.judge('other', now)).toBe('within');
  expect(await one.judge('flood', now)).toBe('over');
  for (let i = 0; i < 9_999; i += 1) await one.judge(`connection-${i}`, now);
  expect(await one.judge('flood', now)).toBe('over');
  for (let i = 0; i < 10_000; i += 1) await one.judge(`connection-${i}`, now);
  row = new Row();
  expect(await one.judge('flood', now)).toBe('within');
});

it('holds with the smallest limit', async () => {
  expect(await send(11, environments(1, 1))).toEqual({ within: 10, over: 1, 'persistently-over': 0 });
});
