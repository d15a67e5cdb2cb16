// The service in the local runner, with ICE servers of the test's choice.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, SecretValue, Stack } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { IceServers, WebRtcSignaling } from '../../../lib';
import { play } from '../../../local/src';

export interface IceService {
  /** `ws://127.0.0.1:PORT/prod` */
  url: string;
  close(): Promise<void>;
}

/** A service that makes credentials for a coturn. They hold for as long as the construct lets them at the least. */
export const ttl = Duration.minutes(5);

export function coturnService(urls: string[], secret: string, clockBehind?: Duration): Promise<IceService> {
  return service(
    (stack) =>
      IceServers.coturn({
        urls,
        secret: new Secret(stack, 'Shared', { secretStringValue: SecretValue.unsafePlainText(secret) }),
        ttl,
      }),
    clockBehind,
  );
}

/** @param clockBehind by how much the functions' clock is */
export async function service(
  iceServers: (stack: Stack) => IceServers,
  clockBehind?: Duration,
): Promise<IceService> {
  const assembly = mkdtempSync(join(tmpdir(), 'turn-'));
  const app = new App({ outdir: assembly });
  const stack = new Stack(app, 'Calls');
  new WebRtcSignaling(stack, 'Signaling', { iceServers: iceServers(stack) });
  app.synth();
  if (clockBehind) setBack(assembly, clockBehind.toMilliseconds());
  const playing = await play({ assembly });
  return {
    url: playing.url,
    async close() {
      await playing.close();
      rmSync(assembly, { recursive: true });
    },
  };
}

function setBack(assembly: string, ms: number): void {
  const handlers = readdirSync(assembly).filter((name) => name.startsWith('asset.'));
  for (const handler of handlers) {
    const file = join(assembly, handler, 'index.js');
    const shift = `{ const { now } = Date; Date.now = () => now() - ${ms}; }`;
    writeFileSync(file, `${shift}\n${readFileSync(file, 'utf8')}`);
  }
}
