// Who does not belong tries to get in, over real sockets, at a runner that plays services of every kind of authorization.
// Prints how many cases were tried and which of them got through; a call of others in the same runner goes on meanwhile.
import { type Attack } from './attacks/attack';
import { type Bystanders, startBystanders } from './attacks/bystanders';
import { FLOODS } from './attacks/floods';
import { HANDSHAKES, WELCOME } from './attacks/handshakes';
import { MESSAGES } from './attacks/messages';
import { TOKENS } from './attacks/tokens';
import { attacker, knock, mint, startWorld, withToken, type World } from './attacks/world';

const ATTACKS: Attack[] = [...TOKENS, ...HANDSHAKES, ...MESSAGES, ...FLOODS];

let world: World;
let bystanders: Bystanders;
const through: string[] = [];
let tried = 0;

beforeAll(async () => {
  world = await startWorld();
  bystanders = await startBystanders(world);
}, 120_000);

it('tries at least 80 things, each by another name', () => {
  expect(ATTACKS.length).toBeGreaterThanOrEqual(80);
  expect(new Set(ATTACKS.map(({ name }) => name)).size).toBe(ATTACKS.length);
});

describe('who belongs is let in:', () => {
  it.each(Object.keys(WELCOME))('%s', async (name) => {
    expect(await knock(...(await WELCOME[name](world)))).toBe('open');
  });

  it.each(['tokens', 'singleUse', 'limited', 'perUser'] as const)(
    'room tokens of %s, by query and subprotocol',
    async (name) => {
      const token = async (jti: string) => mint(world.secret[name], attacker({ jti: `${name} ${jti}` }));
      expect(await knock(withToken(world.url[name], await token('query')))).toBe('open');
      const protocols = ['webrtc-signaling', `token.${await token('subprotocol')}`];
      expect(await knock(world.url[name], { protocols })).toBe('open');
    },
  );
});

describe('nothing gets through:', () => {
  it.each(ATTACKS.map((attack) => [attack.name, attack] as const))(
    '%s',
    async (name, attack) => {
      tried += 1;

      const outcome = await attack.run(world, bystanders).catch((error: Error) => `failed: ${error.message}`);
      if (outcome !== undefined) through.push(`${name}: ${outcome}`);
      expect(outcome).toBeUndefined();
    },
    180_000,
  );
});

it('bystanders heard everything that was said to them, and nothing else', async () => {
  const { heard, wrong } = await bystanders.end();
  expect(wrong).toEqual([]);
  expect(heard).toBeGreaterThan(100);
}, 120_000);

it('no token is in any log', () => {
  const text = JSON.stringify(world.log);
  expect(text.length).toBeGreaterThan(10_000);
  // What every JWT begins with: `{"` in base64url.
  expect(text.match(/eyJ[\w-]{8,}/g)).toBeNull();
  expect(text).not.toContain(world.secret.tokens.export().toString());
});

it('no function failed', () => {
  const failures = world.log.filter((entry) => JSON.stringify(entry).includes('"level\\":\\"error'));
  expect(failures).toEqual([]);
});

afterAll(async () => {
  process.stdout.write(
    `attacks: ${tried} tried, ${through.length} got through${through.map((each) => `\n  ${each}`).join('')}\n`,
  );
  await world.close();
});
