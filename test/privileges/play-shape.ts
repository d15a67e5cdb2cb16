// A shape of the construct, played with every call judged, and all done with it that its handlers can do.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AwsClient } from 'aws4fetch';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SignJWT } from 'jose';
import { play, type Playing, type Policy } from '../../local/src';
import { openAssembly, type Template } from '../../local/src/template/assembly';
import { readTemplate } from '../../local/src/template/read-template';
import { contexts, make, shapes } from '../support/construct-shapes';
import { type OidcProvider, startOidcProvider } from '../support/oidc-provider';
import { isAllowed } from './judge';
import { Ledger, type RolePrivileges } from './ledger';
import { runScenario } from './scenario';

export type ShapeName = keyof typeof shapes;

/** What belongs to an app elsewhere cannot be played. */
export const playableShapes = (Object.keys(shapes) as ShapeName[]).filter(
  (name) => name !== 'imported tables and API',
);

const IGNORED = ['AWS::Cognito::*'];

export interface Played {
  privileges: RolePrivileges[];
  /** Of what failed on the way. */
  error?: Error;
}

/** @param change to the synthesized template */
export async function playShape(
  name: ShapeName,
  change: (template: Template) => void = () => undefined,
): Promise<Played> {
  const { stack } = make(shapes[name], contexts['no feature flags']);
  const assembly = (stack.node.root as import('aws-cdk-lib').App).synth().directory;
  edit(assembly, change);
  const model = readTemplate(openAssembly(assembly), IGNORED, true);
  const roles = new Map<string, Policy[]>(
    model.iam!.principals.map(({ roleId, policies }) => [roleId, policies]),
  );
  const ledger = new Ledger();
  const provider = await startOidcProvider();
  const playing = await play({
    assembly,
    ignore: IGNORED,
    judge: async (call) => ledger.note(call, await isAllowed(call)),
    redirect: {
      'https://login.example.com/tenant': provider.url,
      'https://cognito-idp.us-east-1.amazonaws.com': provider.url,
    },
  });
  let error: Error | undefined;
  try {
    await withinTime(runScenario(playing, { url: await entryOf(name, playing, provider) }));
  } catch (thrown) {
    error = thrown as Error;
  }
  await playing.close();
  await provider.close();
  return { privileges: ledger.privileges(roles), error };
}

function edit(assembly: string, change: (template: Template) => void): void {
  const file = join(assembly, 'Stack.template.json');
  const template = JSON.parse(readFileSync(file, 'utf8')) as Template;
  change(template);
  writeFileSync(file, JSON.stringify(template));
}

/** How a client gets in. */
async function entryOf(
  name: ShapeName,
  playing: Playing,
  provider: OidcProvider,
): Promise<() => Promise<string>> {
  const withToken = (token: () => Promise<string>) => async () => `${playing.url}?token=${await token()}`;
  switch (name) {
    case 'authorization by IAM': {
      const client = new AwsClient({
        ...playing.credentials[0],
        region: 'us-east-1',
        service: 'execute-api',
      });
      return async () => {
        const { url } = await client.sign(playing.url.replace('ws:', 'http:'), { aws: { signQuery: true } });
        return url.replace('http:', 'ws:');
      };
    }
    case 'authorization by a provider':
      return withToken(() => provider.token({ rooms: ['room'], publish: true }));
    case 'authorization by a user pool': {
      const id = (type: string) => playing.ignored.find((each) => each.type === `AWS::Cognito::${type}`)!.id;
      const claims = {
        iss: `${provider.url}/${id('UserPool')}`,
        aud: undefined,
        client_id: id('UserPoolClient'),
        token_use: 'access',
        'cognito:groups': ['room'],
      };
      return withToken(() => provider.token(claims));
    }
    case 'authorization by room tokens':
    case 'authorization by room tokens, with a secret of the app': {
      const key = new TextEncoder().encode(await onlySecret(playing));
      let minted = 0;
      return withToken(() =>
        new SignJWT({ sub: 'ada', rooms: ['room'], jti: `token-${(minted += 1)}` })
          .setProtectedHeader({ alg: 'HS256' })
          .setExpirationTime('5m')
          .sign(key),
      );
    }
    default:
      return () => Promise.resolve(playing.url);
  }
}

async function onlySecret({ secrets: { arns, endpoint } }: Playing): Promise<string> {
  const client = new SecretsManagerClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const [SecretId] = Object.values(arns);
  const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId }));
  client.destroy();
  return SecretString!;
}

/** A call that is refused may leave a peer waiting for what never comes. */
const LONGEST_MS = 20_000;

async function withinTime<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the scenario did not come to its end')), LONGEST_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
