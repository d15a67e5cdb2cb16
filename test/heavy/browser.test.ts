// The demo page as people use it: real Chromium, fake cameras, what `npm start` runs. `HEAVY=1 npx jest test/heavy/browser`
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { play } from 'webrtc-signaling-local';
import { exampleApp } from '../../bin/app';
import { invitation } from '../../bin/invite';
import { type Between, between } from '../support/between';
import { type RunningService, runningService } from '../support/running-service';
import { Wire } from '../support/wire';

const artifacts = process.env.ARTIFACTS ?? resolve(__dirname, '../../artifacts');
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Few pictures a second: four tabs encode and decode twelve streams.
  '--use-fake-device-for-media-stream=fps=5',
];
const PHONE = { width: 360, height: 740 };
const DESKTOP = { width: 1280, height: 800 };

let service: RunningService;
let browser: Browser;
let contexts: BrowserContext[] = [];
/** What pages complain of: errors, and whatever the content security policy refused. */
let complaints: string[] = [];

beforeAll(async () => {
  mkdirSync(artifacts, { recursive: true });
  [service, browser] = await Promise.all([
    runningService(),
    chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS }),
  ]);
}, 90_000);
afterEach(async () => {
  await Promise.all(contexts.map((context) => context.close()));
  [contexts, complaints] = [[], []];
});
afterAll(async () => {
  await browser.close();
  await service.stop();
});

interface Visitor {
  permissions?: string[];
  viewport?: { width: number; height: number };
  colorScheme?: 'light' | 'dark';
  /** Runs in the page before its own. */
  script?: () => void;
}

async function open(
  room: string,
  { permissions = ['camera', 'microphone'], viewport = DESKTOP, colorScheme = 'light', script }: Visitor = {},
  { pageUrl }: Pick<RunningService, 'pageUrl'> = service,
): Promise<Page> {
  const context = await browser.newContext({ viewport, colorScheme });
  contexts.push(context);
  await context.grantPermissions(permissions, { origin: new URL(pageUrl!).origin });
  await context.addInitScript(watchConnections);
  if (script) await context.addInitScript(script);
  const page = await context.newPage();
  // Two processors that encode and decode for four tabs are slow at times; what never comes is still told.
  page.setDefaultTimeout(60_000);
  page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${pageUrl}#${room}`);
  return page;
}

/** Its signaling goes by a way on which things can go wrong. */
async function openBy(way: Between, room: string): Promise<Page> {
  const page = await open(room);
  await configure(page, { url: way.url });
  return page;
}

async function configure(page: Page, json: { url: string; byInvitation?: boolean }): Promise<void> {
  await page.route('**/config.json', (route) => route.fulfill({ json }));
}

async function enter(page: Page, name: string): Promise<void> {
  await page.fill('#name', name);
  await page.click('#join');
  await page.waitForSelector('#call-screen', { state: 'visible' });
}

/** Lets the test see the peer connections that a page makes, and count its sockets. */
function watchConnections() {
  const connections: RTCPeerConnection[] = [];
  const Original = window.RTCPeerConnection;
  class Watched extends Original {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  }
  const WebSocket = window.WebSocket;
  class WatchedSocket extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      (window as unknown as { sockets: number }).sockets += 1;
    }
  }
  Object.assign(window, { connections, RTCPeerConnection: Watched, sockets: 0, WebSocket: WatchedSocket });
}

/** Cameras take their time to open, and the test sees whatever was opened. */
function opensSlowly() {
  const { mediaDevices } = navigator;
  const opened: MediaStreamTrack[] = [];
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async (constraints) => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const stream = await getUserMedia(constraints);
    opened.push(...stream.getVideoTracks());
    return stream;
  };
  Object.assign(window, { opened });
}

/** What a page sees of a camera, or microphone, that is unplugged: it has one's own picture and sound in one stream. */
async function unplug(page: Page, kind: 'audio' | 'video'): Promise<void> {
  await page.evaluate((kind) => {
    const stream = document.querySelector<HTMLVideoElement>('#local-video')!.srcObject as MediaStream;
    const track = stream.getTracks().find((each) => each.kind === kind)!;
    track.stop();
    track.dispatchEvent(new Event('ended'));
  }, kind);
}

/** A picture that is drawn stands in for the screen: a browser without a window has none to choose. */
function choosesAPicture() {
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d')!;
  setInterval(() => {
    context.fillStyle = `hsl(${Date.now() % 360}, 80%, 50%)`;
    context.fillRect(0, 0, canvas.width, canvas.height);
  }, 50);
  navigator.mediaDevices.getDisplayMedia = () => Promise.resolve(canvas.captureStream());
}

/** Resolves as so many others are shown. */
async function met(page: Page, others: number): Promise<void> {
  await page.waitForFunction(
    (count) => document.querySelectorAll('video[data-peer-id]').length === count,
    others,
  );
}

/** Resolves as every connection has decoded 10 more frames of each video that the other sends. */
async function plays(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const { connections } = window as unknown as { connections: RTCPeerConnection[] };
    // A connection may be given up for another meanwhile: those count that there are in the end.
    const before = new Map<RTCPeerConnection, Map<string, number>>();
    const rises = async (connection: RTCPeerConnection) => {
      if (!before.has(connection)) before.set(connection, new Map());
      const first = before.get(connection)!;
      const rising: boolean[] = [];
      (await connection.getStats()).forEach(
        (stats: { id: string; type: string; kind: string; framesDecoded?: number }) => {
          if (stats.type !== 'inbound-rtp' || stats.kind !== 'video') return;
          const frames = stats.framesDecoded ?? 0;
          if (!first.has(stats.id)) first.set(stats.id, frames);
          rising.push(frames >= first.get(stats.id)! + 10);
        },
      );
      return rising.length > 0 && rising.every(Boolean);
    };
    const open = () => connections.filter(({ connectionState }) => connectionState !== 'closed');
    while (!(await Promise.all(open().map(rises))).every(Boolean)) {
      // Rarely: to ask is work for the machine that encodes and decodes it all.
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  });
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(artifacts, `${name}.png`) });
}

it('two tabs see each other, talk, and notice who leaves', async () => {
  const [ann, bob] = await Promise.all([
    open('two-tabs'),
    open('two-tabs', { viewport: PHONE, colorScheme: 'dark' }),
  ]);
  await ann.waitForSelector('#preview[data-camera="on"]');
  await Promise.all([shoot(ann, 'join-desktop'), shoot(bob, 'join-phone')]);
  await enter(ann, 'Ann');
  await ann.waitForSelector('#alone', { state: 'visible' });
  await enter(bob, 'Bob');

  await Promise.all([met(ann, 1), met(bob, 1)]);
  await Promise.all([plays(ann), plays(bob)]);
  await ann.fill('#chat-input', 'Can you hear me?');
  await ann.press('#chat-input', 'Enter');
  await bob.waitForSelector('#unread', { state: 'visible' });
  await shoot(bob, 'call-phone');
  await bob.click('#toggle-panel');
  await bob.getByText('Can you hear me?').waitFor();
  await Promise.all([shoot(ann, 'call-desktop'), shoot(bob, 'chat-phone')]);
  expect(await ann.locator('#participants li').allInnerTexts()).toEqual(['Ann (you)', 'Bob']);

  await bob.click('#close-panel');
  await bob.click('#leave');
  await met(ann, 0);
  await bob.waitForSelector('#join-screen', { state: 'visible' });
  expect(await ann.locator('#count').innerText()).toBe('1');
  expect(complaints).toEqual([]);
});

it('who lets the page use no camera is told so, sees the others and chats', async () => {
  const [ann, cyd] = await Promise.all([open('refused'), open('refused', { permissions: [] })]);
  await cyd.waitForSelector('#media-notice', { state: 'visible' });
  expect(await cyd.innerText('#media-notice')).toMatch(/not allowed to use your camera and microphone/);
  await shoot(cyd, 'refused');
  await enter(ann, 'Ann');
  await enter(cyd, 'Cyd');
  await met(cyd, 1);
  await plays(cyd);
  await cyd.fill('#chat-input', 'Words will do');
  await cyd.press('#chat-input', 'Enter');
  await ann.getByText('Words will do').waitFor();
  expect(await ann.locator('.tile:not(.own)').getAttribute('data-camera')).toBe('off');
  expect(complaints).toEqual([]);
});

it('a camera that is switched off and on again comes and goes for the others', async () => {
  const [ann, bob] = await Promise.all([open('switch'), open('switch')]);
  await enter(ann, 'Ann');
  await enter(bob, 'Bob');
  await met(ann, 1);
  await plays(ann);
  await bob.click('#camera');
  await ann.waitForSelector('.tile:not(.own)[data-camera="off"]');
  await bob.click('#camera');
  await ann.waitForSelector('.tile:not(.own)[data-camera="on"]');
  await plays(ann);
  await bob.click('#microphone');
  await ann.getByText('Microphone off').first().waitFor();
  expect(await bob.getAttribute('#microphone', 'aria-pressed')).toBe('false');
  expect(complaints).toEqual([]);
});

it('a camera that is clicked twice while it opens is off again, and its light is out', async () => {
  const ann = await open('twice', { script: opensSlowly });
  const cameras = () =>
    ann.evaluate(() =>
      (window as unknown as { opened: MediaStreamTrack[] }).opened.map((track) => track.readyState),
    );
  const camera = ann.locator('#preview [data-toggle="camera"]');
  await ann.waitForSelector('#preview[data-camera="on"]');
  await camera.click();
  await ann.waitForSelector('#preview[data-camera="off"]');
  await camera.evaluate((button: HTMLButtonElement) => {
    button.click();
    button.click();
  });
  await ann.waitForFunction(() => (window as unknown as { opened: MediaStreamTrack[] }).opened.length > 1);
  expect(await cameras()).toEqual(['ended', 'ended']);
  expect(await camera.getAttribute('aria-pressed')).toBe('false');

  await camera.click();
  await ann.waitForSelector('#preview[data-camera="on"]');
  expect(await cameras()).toEqual(['ended', 'ended', 'live']);
  expect(complaints).toEqual([]);
});

it('a camera that is switched on just before one joins comes along', async () => {
  const [ann, bob] = await Promise.all([open('along', { script: opensSlowly }), open('along')]);
  await enter(bob, 'Bob');
  await ann.waitForSelector('#preview[data-camera="on"]');
  await ann.click('#preview [data-toggle="camera"]');
  await ann.waitForSelector('#preview[data-camera="off"]');
  const isSwitchable = await ann.evaluate(async () => {
    const camera = document.querySelector<HTMLButtonElement>('#preview [data-toggle="camera"]')!;
    camera.click();
    document.getElementById('join')!.click();
    await new Promise((resolve) => setTimeout(resolve));
    return !camera.disabled;
  });
  await ann.waitForSelector('#camera[aria-pressed="true"]');
  expect(await ann.getAttribute('.tile.own', 'data-camera')).toBe('on');
  expect(isSwitchable).toBe(false);
  await met(bob, 1);
  await bob.waitForSelector('.tile:not(.own)[data-camera="on"]');
  await plays(bob);
  expect(complaints).toEqual([]);
});

it('who unplugs a camera or a microphone is told so, as are the others, and can plug in another', async () => {
  const [ann, bob] = await Promise.all([open('unplugged'), open('unplugged')]);
  await ann.waitForSelector('#preview[data-camera="on"]');
  await unplug(ann, 'video');
  await ann.waitForSelector('#preview[data-camera="off"]');
  expect(await ann.innerText('#media-notice')).toBe('Your camera is gone. Perhaps it was unplugged.');
  await ann.click('#preview [data-toggle="camera"]');
  await ann.waitForSelector('#preview[data-camera="on"]');
  expect(await ann.isVisible('#media-notice')).toBe(false);

  await enter(ann, 'Ann');
  await enter(bob, 'Bob');
  await bob.waitForSelector('.tile:not(.own)[data-camera="on"]');
  await unplug(ann, 'audio');
  await ann.waitForSelector('#microphone[aria-pressed="false"]');
  await bob.locator('.tile:not(.own)').getByText('Microphone off').waitFor();
  await unplug(ann, 'video');
  await ann.waitForSelector('#camera[aria-pressed="false"]');
  await ann.waitForSelector('.tile.own[data-camera="off"]');
  await bob.waitForSelector('.tile:not(.own)[data-camera="off"]');
  await ann.getByText('Your camera is gone.').last().waitFor();

  await ann.click('#camera');
  await ann.click('#microphone');
  await ann.waitForSelector('#microphone[aria-pressed="true"]');
  await bob.waitForSelector('.tile:not(.own)[data-camera="on"]');
  await plays(bob);
  expect(complaints).toEqual([]);
});

it('four tabs all see one another, and nothing is wider than a phone', async () => {
  const names = ['Ann', 'Bob', 'Cyd', 'Dan'];
  const pages: Page[] = [];
  for (const name of names) {
    const page = await open('four-tabs', name === 'Dan' ? { viewport: PHONE } : {});
    await enter(page, name);
    pages.push(page);
  }
  for (const page of pages) {
    await met(page, 3);
    await plays(page);
  }
  await Promise.all([shoot(pages[0], 'four-desktop'), shoot(pages[3], 'four-phone')]);
  expect(await pages[3].evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
  expect(complaints).toEqual([]);
}, 180_000);

describe.each([2, 4])('%i tabs', (count) => {
  const names = ['Ann', 'Bob', 'Cyd', 'Dan'].slice(0, count);

  async function allPlay(pages: Page[]): Promise<void> {
    for (const page of pages) await met(page, count - 1);
    await Promise.all(pages.map((page) => plays(page)));
  }

  /** What no page sees unless the signaling brings an offer to all the others and an answer back. */
  async function sharesWithAll([sharing, ...others]: Page[]): Promise<void> {
    await sharing.evaluate(choosesAPicture);
    await sharing.click('#share');
    await sharing.waitForSelector('#share[aria-pressed="true"]');
    await Promise.all(
      others.map((page) =>
        page.waitForFunction(() => {
          const video = document.querySelector<HTMLVideoElement>('#screens .screen video');
          return video !== null && video.getVideoPlaybackQuality().totalVideoFrames > 10;
        }),
      ),
    );
  }

  /** How often each page was told that someone left. Who is cut off in the midst of connecting starts over. */
  async function leavesTold(pages: Page[]): Promise<number[]> {
    const logs = await Promise.all(pages.map((page) => page.locator('#chat-log').innerHTML()));
    return logs.map((log) => log.split(' left').length - 1);
  }

  const sockets = (page: Page) => page.evaluate(() => (window as unknown as { sockets: number }).sockets);

  it('go on while the signaling of one is cut off for 10 s, and renegotiate after it', async () => {
    const room = `cut-${count}`;
    const way = await between(service.url);
    const pages: Page[] = [];
    for (const name of names) {
      const page = name === 'Ann' ? await openBy(way, room) : await open(room);
      await enter(page, name);
      pages.push(page);
    }
    const [ann, ...others] = pages;
    await allPlay(pages);
    const told = await leavesTold(pages);

    way.refuses = true;
    way.passages.at(-1)!.cut();
    const tenSeconds = new Promise((resolve) => setTimeout(resolve, 10_000));
    await ann.waitForSelector('#status[data-state="reconnecting"]');
    await allPlay(pages);
    await shoot(ann, `cut-${count}`);
    await tenSeconds;
    await ann.waitForSelector('#status[data-state="reconnecting"]');
    way.refuses = false;
    await ann.waitForSelector('#status[data-state="open"]', { state: 'attached' });
    await allPlay(pages);

    await ann.click('#camera');
    const anns = (state: string) =>
      others.map((page) => page.waitForSelector(`.tile:not(.own)[data-camera="${state}"]`));
    await Promise.all(anns('off'));
    await ann.click('#camera');
    await Promise.all(
      others.map((page) => page.waitForSelector('.tile[data-camera="off"]', { state: 'detached' })),
    );
    await sharesWithAll(pages);
    await allPlay(pages);
    expect(await leavesTold(pages)).toEqual(told);
    expect(complaints.filter((line) => !line.includes('WebSocket connection'))).toEqual([]);
    await Promise.all(pages.map((page) => page.close()));
    await way.close();
  }, 180_000);

  it('go on after the gateway has ended every connection at its maximum age', async () => {
    const shortLived = await runningService('--connection-lifetime', '30');
    try {
      const pages: Page[] = [];
      for (const name of names) {
        const page = await open('age', {}, shortLived);
        await enter(page, name);
        pages.push(page);
      }
      await allPlay(pages);
      const told = await leavesTold(pages);
      const before = await Promise.all(pages.map(sockets));
      for (const [i, page] of pages.entries()) {
        await page.waitForFunction(
          (count) => (window as unknown as { sockets: number }).sockets > count,
          before[i],
        );
        await page.waitForSelector('#status[data-state="open"]', { state: 'attached' });
      }
      await allPlay(pages);
      await sharesWithAll(pages);
      await allPlay(pages);
      expect(await leavesTold(pages)).toEqual(told);
      expect(complaints).toEqual([]);
    } finally {
      await Promise.all(contexts.splice(0).map((context) => context.close()));
      await shortLived.stop();
    }
  }, 180_000);
});

it('a tab that is closed leaves at once', async () => {
  const [ann, bob] = await Promise.all([open('closed'), open('closed')]);
  await enter(ann, 'Ann');
  await enter(bob, 'Bob');
  await met(ann, 1);
  await plays(ann);
  await bob.close({ runBeforeUnload: true });
  await met(ann, 0);
  await expect(ann.innerText('#chat-log')).resolves.toContain('Bob left');
});

it('who leaves on a network that is dead has the form, and the focus, at once', async () => {
  const ann = await open('dead');
  let swallow: () => void;
  const swallowed = new Promise<void>((resolve) => (swallow = resolve));
  await ann.routeWebSocket(/^ws:/, (socket) => {
    const server = socket.connectToServer();
    socket.onMessage((frame) => (String(frame).includes('"leave"') ? swallow() : server.send(frame)));
  });
  await enter(ann, 'Ann');
  await ann.click('#leave');
  await ann.waitForSelector('#join-screen', { state: 'visible', timeout: 5_000 });
  expect(await ann.evaluate(() => document.activeElement?.id)).toBe('join-heading');
  await swallowed;
  expect(complaints).toEqual([]);
});

it('a room that is full is told in plain words, and the page can try another', async () => {
  const peers = await Promise.all(Array.from({ length: 50 }, () => Wire.open(service.url)));
  for (const peer of peers) await peer.join('full');
  const ann = await open('full');
  await ann.fill('#name', 'Ann');
  await ann.click('#join');
  await ann.waitForSelector('#join-error', { state: 'visible' });
  expect(await ann.innerText('#join-error')).toBe(
    'This room is full. Wait until someone leaves, or agree on another room.',
  );
  expect(await ann.isEnabled('#preview [data-toggle="camera"]')).toBe(true);
  await shoot(ann, 'full');
  await Promise.all(peers.map((peer) => peer.close()));
  await ann.fill('#room', 'another');
  await enter(ann, 'Ann');
  expect(complaints).toEqual([]);
}, 180_000);

it('by invitation (`-c auth=tokens`): its link brings in whoever has it, into that room, and nobody else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'invitation-'));
  const assembly = exampleApp({ outdir: folder, page: false, context: { auth: 'tokens' } }).synth().directory;
  const playing = await play({ assembly, page: resolve(__dirname, '../../demo/dist') });
  const [arn] = Object.values(playing.secrets.arns);
  const secrets = new SecretsManagerClient({
    region: 'us-east-1',
    endpoint: playing.secrets.endpoint,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  try {
    const link = await invitation(arn, playing.pageUrl!, 'tea at four', secrets);
    const room = link.slice(link.indexOf('#') + 1);
    const visit = async (fragment: string, visitor?: Visitor) => {
      const page = await open(fragment, visitor, playing);
      await configure(page, { url: playing.url, byInvitation: true });
      return page;
    };
    const refused = async (page: Page, words: RegExp) => {
      await page.fill('#name', 'Eve');
      await page.click('#join');
      await page.waitForSelector('#join-error', { state: 'visible' });
      expect(await page.innerText('#join-error')).toMatch(words);
    };
    const [ann, bob, eve] = await Promise.all([visit(room), visit(room, { viewport: PHONE }), visit('tea')]);
    expect(await ann.inputValue('#room')).toBe('tea at four');
    await enter(ann, 'Ann');
    await enter(bob, 'Bob');
    await Promise.all([met(ann, 1), met(bob, 1)]);
    await Promise.all([plays(ann), plays(bob)]);
    expect(new URL(ann.url()).hash).toBe(`#${room}`);

    await refused(eve, /need an invitation/);
    await shoot(eve, 'invitation-needed');
    // With Ann's link, to a room that it is not for.
    const mallory = await visit(room);
    await mallory.fill('#room', 'another');
    await refused(mallory, /need an invitation to this room/);
    expect(complaints).toEqual([]);
    const forged = await visit(`${room}x`);
    await refused(forged, /invitation has run out/);
    await shoot(forged, 'invitation-refused');
    expect(await ann.locator('#count').innerText()).toBe('2');
  } finally {
    await Promise.all(contexts.splice(0).map((context) => context.close()));
    secrets.destroy();
    await playing.close();
    rmSync(folder, { recursive: true });
  }
}, 180_000);

it('a call outlives the server that brought it together', async () => {
  const own = await runningService();
  const [ann, bob] = await Promise.all([open('outlives', {}, own), open('outlives', {}, own)]);
  await enter(ann, 'Ann');
  await enter(bob, 'Bob');
  await Promise.all([met(ann, 1), met(bob, 1)]);
  await Promise.all([plays(ann), plays(bob)]);
  await own.stop();
  await ann.waitForSelector('#status[data-state="reconnecting"]');
  await Promise.all([plays(ann), plays(bob)]);
  await shoot(ann, 'server-gone');
}, 180_000);
