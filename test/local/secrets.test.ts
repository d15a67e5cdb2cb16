// The template's secrets, through the client that handlers read them with.
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { CannotPlay, play, type Playing } from 'webrtc-signaling-local';
import { generateSecretString, type GenerateSecretString } from '../../local/src/secrets/generate';
import { lambdaFunction, removeAssemblies, webSocketApi, writeAssembly } from '../support/assembly';
import { Wire } from '../support/wire';

const ENVIRONMENT = `exports.handler = async () => ({ statusCode: 200, body: JSON.stringify(process.env) });`;

function secret(properties: object = {}) {
  return { Type: 'AWS::SecretsManager::Secret', Properties: properties };
}

const ELSEWHERE = 'arn:aws:secretsmanager:us-east-1:111122223333:secret:other/one-AbCdEf';

let playing: Playing;
let client: SecretsManagerClient;

beforeAll(async () => {
  const assembly = writeAssembly(
    {
      Stack: {
        Resources: {
          ...webSocketApi({ $default: 'Fn' }, { answers: true }),
          Fn: lambdaFunction('environment', {
            Environment: {
              Variables: {
                SECRET_ARN: { Ref: 'Generated' },
                SECRET_ID: { 'Fn::GetAtt': ['Generated', 'Id'] },
                URLS: '["https://provider.example.com/keys","https://provider.example.com/token"]',
              },
            },
          }),
          Given: secret({ Name: 'app/given', SecretString: { 'Fn::Sub': 'of ${AWS::Region}' } }),
          Generated: secret({
            Description: 'made by CloudFormation',
            KmsKeyId: { 'Fn::GetAtt': ['Key', 'Arn'] },
            GenerateSecretString: {
              SecretStringTemplate: '{"user":"turn"}',
              GenerateStringKey: 'password',
              PasswordLength: 20,
              ExcludePunctuation: true,
            },
          }),
          Empty: secret(),
          Rotated: secret({ GenerateSecretString: {} }),
          Key: { Type: 'AWS::KMS::Key', Properties: { KeyPolicy: {} } },
          Alias: {
            Type: 'AWS::KMS::Alias',
            Properties: { AliasName: 'alias/key', TargetKeyId: { Ref: 'Key' } },
          },
        },
      },
    },
    { environment: ENVIRONMENT },
  );
  playing = await play({
    assembly,
    secrets: { 'app/theirs': 'of theirs', [ELSEWHERE]: 'by ARN' },
    redirect: { 'https://provider.example.com': 'http://127.0.0.1:9' },
  });
  client = new SecretsManagerClient({
    endpoint: playing.secrets.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await playing.close();
  removeAssemblies();
});

const get = (SecretId: string, more: object = {}) =>
  client.send(new GetSecretValueCommand({ SecretId, ...more }));

it('a secret is read by its name, its ARN, or the ARN without the characters at its end', async () => {
  const arn = playing.secrets.arns.Given;
  expect(arn).toMatch(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:app\/given-[a-z0-9]{6}$/);
  for (const id of ['app/given', arn, arn.slice(0, -7)]) {
    expect(await get(id)).toMatchObject({
      ARN: arn,
      Name: 'app/given',
      SecretString: 'of us-east-1',
      VersionStages: ['AWSCURRENT'],
      VersionId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      CreatedDate: expect.any(Date),
    });
  }
});

it.each([
  ['app/theirs', 'of theirs'],
  ['arn:aws:secretsmanager:us-east-1:000000000000:secret:app/theirs', 'of theirs'],
  [ELSEWHERE, 'by ARN'],
  [ELSEWHERE.slice(0, -7), 'by ARN'],
])('a secret of somebody else is read where it is told what is in it: %s', async (id, SecretString) => {
  expect(await get(id)).toMatchObject({ SecretString });
});

it('a secret that the template asks for is generated into its template', async () => {
  const { SecretString } = await get(playing.secrets.names.Generated);
  expect(JSON.parse(SecretString!)).toEqual({
    user: 'turn',
    password: expect.stringMatching(/^[A-Za-z0-9]{20}$/),
  });
});

it.each([
  ['no such secret', () => get('nobody'), "Secrets Manager can't find the specified secret."],
  [
    'an empty secret',
    () => get('Empty'),
    "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
  ],
  [
    'a secret that was never rotated, as it was before',
    () => get('app/given', { VersionStage: 'AWSPREVIOUS' }),
    "Secrets Manager can't find the specified secret value for staging label: AWSPREVIOUS",
  ],
])('%s is not found', async (_, ask, message) => {
  await expect(ask()).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message,
    $metadata: { httpStatusCode: 400 },
  });
});

it('a rotation leaves the former value as the previous one, and that before has no label any more', async () => {
  const first = await get('Rotated');
  const put = (SecretString: string) =>
    client.send(new PutSecretValueCommand({ SecretId: 'Rotated', SecretString }));
  const second = await put('second');
  expect(second.VersionStages).toEqual(['AWSCURRENT']);
  expect(await get('Rotated')).toMatchObject({ SecretString: 'second', VersionId: second.VersionId });
  expect(await get('Rotated', { VersionStage: 'AWSPREVIOUS' })).toMatchObject({
    SecretString: first.SecretString,
    VersionId: first.VersionId,
  });

  await put('third');
  expect((await get('Rotated', { VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('second');
  // It can still be asked for by its id.
  expect(await get('Rotated', { VersionId: first.VersionId })).toMatchObject({
    SecretString: first.SecretString,
    VersionStages: [],
  });
  const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: 'Rotated' }));
  expect(Object.values(VersionIdsToStages!).sort()).toEqual([['AWSCURRENT'], ['AWSPREVIOUS']]);
});

it('a version that waits for its turn is not the current one', async () => {
  const before = (await get('app/given')).SecretString;
  await client.send(
    new PutSecretValueCommand({
      SecretId: 'app/given',
      SecretString: 'to come',
      ClientRequestToken: '0f0b1a8e-6f3f-4b2a-9d6a-3f5f6a3c2b1d',
      VersionStages: ['AWSPENDING'],
    }),
  );
  expect((await get('app/given')).SecretString).toBe(before);
  expect((await get('app/given', { VersionStage: 'AWSPENDING' })).SecretString).toBe('to come');
  await expect(
    client.send(
      new PutSecretValueCommand({
        SecretId: 'app/given',
        SecretString: 'something else',
        ClientRequestToken: '0f0b1a8e-6f3f-4b2a-9d6a-3f5f6a3c2b1d',
      }),
    ),
  ).rejects.toMatchObject({ name: 'ResourceExistsException' });
});

it('a function finds the service, its secret by ARN, and what is redirected', async () => {
  const wire = await Wire.open(playing.url);
  wire.send({});
  const environment = await wire.next(() => true);
  await wire.close();
  expect(environment).toMatchObject({
    AWS_ENDPOINT_URL_SECRETS_MANAGER: playing.secrets.endpoint,
    SECRET_ARN: playing.secrets.arns.Generated,
    SECRET_ID: playing.secrets.arns.Generated,
    URLS: '["http://127.0.0.1:9/keys","http://127.0.0.1:9/token"]',
  });
});

it('an operation that is not played is refused by its name', async () => {
  const response = await fetch(playing.secrets.endpoint, {
    method: 'POST',
    headers: { 'x-amz-target': 'secretsmanager.RotateSecret' },
    body: '{}',
  });
  expect([response.status, await response.json()]).toEqual([
    400,
    { __type: 'UnknownOperationException', Message: 'cannot play RotateSecret' },
  ]);
});

describe('a generated secret', () => {
  const generate = (options: GenerateSecretString = {}) => generateSecretString(options, 'S');

  it('has 32 characters, of every type, unless more is said', () => {
    const value = generate();
    expect(value).toHaveLength(32);
    for (const type of [/[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9 ]/]) expect(value).toMatch(type);
    expect(generate()).not.toBe(value);
  });

  it.each<[string, GenerateSecretString, RegExp]>([
    [
      'only numbers',
      { ExcludeLowercase: true, ExcludeUppercase: true, ExcludePunctuation: true },
      /^[0-9]+$/,
    ],
    [
      'none of the excluded characters',
      { ExcludeCharacters: 'abc"@/\\', PasswordLength: 4096 },
      /^[^abc"@/\\]+$/,
    ],
    ['spaces', { IncludeSpace: true }, / /],
    ['one character', { PasswordLength: 1, RequireEachIncludedType: false }, /^.$/],
  ])('has %s, where that is asked for', (_, options, expected) => {
    expect(generate(options)).toMatch(expected);
  });

  it.each<[GenerateSecretString, string]>([
    [{ GenerateStringKey: 'a' }, 'S: expected GenerateStringKey and SecretStringTemplate together'],
    [
      { GenerateStringKey: 'a', SecretStringTemplate: '[]' },
      'S.SecretStringTemplate: expected the JSON of an object',
    ],
    [{ PasswordLength: 3 }, 'S.PasswordLength 3: expected a whole number from 4 to 4096'],
    [
      {
        ExcludeLowercase: true,
        ExcludeUppercase: true,
        ExcludePunctuation: true,
        ExcludeNumbers: true,
      },
      'S: every character is excluded',
    ],
  ])('%j is refused', (options, message) => {
    expect(() => generate(options)).toThrow(new CannotPlay([message]));
  });
});

it('a secret that is both given and generated is refused', async () => {
  const assembly = writeAssembly(
    {
      Stack: {
        Resources: {
          ...webSocketApi({ $default: 'Fn' }),
          Fn: lambdaFunction('environment'),
          Both: secret({ SecretString: 'a', GenerateSecretString: {} }),
        },
      },
    },
    { environment: ENVIRONMENT },
  );
  await expect(play({ assembly })).rejects.toEqual(
    new CannotPlay(['Both: expected SecretString or GenerateSecretString, not both']),
  );
});
