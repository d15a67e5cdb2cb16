// A shape of the construct, played with every call judged, and all done with it that its handlers can do.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { play, type Policy } from '../../local/src';
import { openAssembly, type Template } from '../../local/src/template/assembly';
import { readTemplate } from '../../local/src/template/read-template';
import { contexts, make, shapes } from '../support/construct-shapes';
import { answering } from '../support/loopback';
import { startOidcProvider } from '../support/oidc-provider';
import { doorOf } from './door';
import { isAllowed } from './judge';
import { Ledger, type RolePrivileges } from './ledger';
import { runScenario } from './scenario';

export type ShapeName = keyof typeof shapes;

const ON_EC2 = 'an instance of EC2 has a role; test/construct/coturn-server.test.ts has what it may do';

/** Why a shape is not played; every other one is. */
export const NOT_PLAYED: Partial<Record<ShapeName, string>> = {
  'imported tables and API': 'its API and tables are in no template',
  'a TURN server of its own': ON_EC2,
  'a TURN server with every option, beside a service that does not use it': ON_EC2,
};

export const playableShapes = (Object.keys(shapes) as ShapeName[]).filter((name) => !(name in NOT_PLAYED));

/** What handlers do not touch, by what the runner can play. */
const PLAYED = /^AWS::(ApiGatewayV2|CDK|CloudWatch|DynamoDB|IAM|KMS|Lambda|Logs|Route53|SecretsManager)::/;

/** Limits that the scenario gets over in little time; a role may do the same with them. */
const LIMITS: Record<string, string> = {
  MAX_PEERS_PER_ROOM: '3',
  MAX_MESSAGES_PER_SECOND: '2',
  MAX_CONNECTIONS_PER_USER_PER_MINUTE: '2',
};

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
  const opened = openAssembly(assembly);
  const types = Object.values(opened.template.Resources ?? {}).map(({ Type }) => Type);
  const ignore = [...new Set(types)].filter((type) => !PLAYED.test(type));
  const model = readTemplate(opened, ignore, true);
  const roles = new Map<string, Policy[]>(
    model.iam!.principals.map(({ roleId, policies }) => [roleId, policies]),
  );
  const ledger = new Ledger();
  const provider = await startOidcProvider();
  const cloudflare = await answering(() => ({
    body: { iceServers: [{ urls: ['turn:turn.cloudflare.com:3478'], username: 'u', credential: 'c' }] },
  }));
  const playing = await play({
    assembly,
    ignore,
    secrets: { 'cloudflare-turn': 'api-token' },
    judge: async (call) => ledger.note(call, await isAllowed(call)),
    redirect: {
      'https://login.example.com/tenant': provider.url,
      'https://rtc.live.cloudflare.com': cloudflare.url,
      'https://cognito-idp.us-east-1.amazonaws.com': provider.url,
    },
  });
  let error: Error | undefined;
  try {
    await withinTime(runScenario(playing, model, await doorOf(model, playing, provider)));
  } catch (thrown) {
    error = thrown as Error;
  }
  await playing.close();
  await Promise.all([provider.close(), cloudflare.close()]);
  return { privileges: ledger.privileges(roles), error };
}

function edit(assembly: string, change: (template: Template) => void): void {
  const file = join(assembly, 'Stack.template.json');
  const template = JSON.parse(readFileSync(file, 'utf8')) as Template;
  change(template);
  for (const { Type, Properties = {} } of Object.values(template.Resources!)) {
    // Neither a boundary nor a network is played; both take away, and give a role nothing.
    if (Type === 'AWS::IAM::Role') delete Properties.PermissionsBoundary;
    if (Type !== 'AWS::Lambda::Function') continue;
    delete Properties.VpcConfig;
    const { Variables = {} } = (Properties.Environment ?? {}) as { Variables?: Record<string, unknown> };
    for (const limit of Object.keys(LIMITS)) if (limit in Variables) Variables[limit] = LIMITS[limit];
  }
  writeFileSync(file, JSON.stringify(template));
}

/** A call that is refused may leave a peer waiting for what never comes. */
const LONGEST_MS = 40_000;

async function withinTime<T>(promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the scenario did not come to its end')), LONGEST_MS);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
