// `npm run invite -- TOKEN_SECRET LINK ROOM`, the first two as the deployment prints them, for the example with `-c auth=tokens`: prints a link to the page by which
// whoever has it may join that room for a day. A backend would ask first who it is.
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { mintRoomToken } from '../examples/room-tokens/mint';

const DAY_SECONDS = 86_400;

/** @param secrets by the credentials and the region of the environment unless given */
export async function invitation(
  secretArn: string,
  page: string,
  room: string,
  secrets = new SecretsManagerClient({ region: secretArn.split(':')[3] }),
): Promise<string> {
  if (room.endsWith('*')) throw new Error(`room: ${room} given, expected a name that does not end in *`);
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: secretArn }));
  const token = await mintRoomToken(SecretString!, {
    userId: 'guest',
    rooms: [room],
    lifetimeSeconds: DAY_SECONDS,
  });
  // In the fragment, which a browser sends to no server.
  return `${page}#${encodeURIComponent(room)}&token=${token}`;
}

async function run([secretArn, page, room, ...more]: string[]): Promise<void> {
  if (!secretArn?.startsWith('arn:') || !page || !room || more.length > 0) {
    throw new Error(
      'usage: npm run invite -- TOKEN_SECRET LINK ROOM, the first two as the deployment prints them',
    );
  }
  console.log(await invitation(secretArn, page, room));
}

if (require.main === module) {
  run(process.argv.slice(2)).catch((error: Error) => {
    console.error(error.message);
    process.exit(1);
  });
}
