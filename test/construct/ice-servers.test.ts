// What the message function may read for the ICE servers, and what of them stands in the template.
import { SecretValue } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { IceServers } from '../../lib';
import { make, templateOf } from '../support/construct-shapes';
import { permissions, text } from '../support/construct-template';

const READS = ['secretsmanager:GetSecretValue'];

test('the function that answers clients reads exactly the secrets of its sources, once each', () => {
  const { stack } = make((stack) => {
    const [shared, own] = ['Shared', 'Own'].map((id) => new Secret(stack, id));
    new Secret(stack, 'Other');
    const urls = ['turn:turn.example.com'];
    return {
      iceServers: IceServers.combine(
        IceServers.google(),
        IceServers.coturn({ urls, secret: shared }),
        IceServers.turn({ urls, username: 'caller', credential: shared, credentialField: 'field' }),
        IceServers.cloudflare({ keyId: 'key', apiToken: own }),
        IceServers.turn({
          urls,
          username: 'caller',
          credential: Secret.fromSecretNameV2(stack, 'Named', 'by-name'),
        }),
      ),
    };
  });
  const template = Template.fromStack(stack);
  const read = (prefix: string) =>
    Object.entries(permissions(template, prefix)).filter(([, actions]) =>
      actions.some((action) => !/^(logs|dynamodb|execute-api):/.test(action)),
    );
  expect(read('SignalingMessageFunction')).toEqual([
    ['${Shared}', READS],
    ['${Own}', READS],
    ['arn:${AWS::Partition}:secretsmanager:${AWS::Region}:${AWS::AccountId}:secret:by-name-??????', READS],
  ]);
  expect(read('SignalingConnectFunction')).toEqual([]);
  expect(read('SignalingDisconnectFunction')).toEqual([]);
});

test('a secret under a key of the user lets the function decrypt with it, through Secrets Manager only', () => {
  const { stack } = make((stack) => ({
    iceServers: IceServers.coturn({
      urls: ['turn:turn.example.com'],
      secret: new Secret(stack, 'Secret', { encryptionKey: new Key(stack, 'Key') }),
    }),
  }));
  const template = Template.fromStack(stack);
  const statements = Object.values(template.findResources('AWS::IAM::Policy')).flatMap(
    ({ Properties }) => Properties.PolicyDocument.Statement,
  );
  const [decrypts, ...others] = statements.filter(({ Action }) => JSON.stringify(Action).includes('kms:'));
  expect(others).toEqual([]);
  expect([decrypts.Action].flat()).toEqual(['kms:Decrypt']);
  expect(text(decrypts.Condition.StringEquals['kms:ViaService'])).toMatch(/^secretsmanager\./);
});

test('no secret stands in the template', () => {
  const { stack } = make((stack) => ({
    iceServers: IceServers.coturn({
      urls: ['turn:turn.example.com'],
      secret: new Secret(stack, 'Secret', { secretStringValue: SecretValue.unsafePlainText('hush') }),
    }),
  }));
  const { Resources } = Template.fromStack(stack).toJSON();
  const others = Object.values<any>(Resources).filter(({ Type }) => Type !== 'AWS::SecretsManager::Secret');
  expect(JSON.stringify(others)).not.toContain('hush');
  // Nor as a reference that CloudFormation would resolve into one.
  expect(JSON.stringify(templateOf('every option').toJSON())).not.toContain('{{resolve:');
});
