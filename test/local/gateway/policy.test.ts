import { allows } from '../../../local/src/gateway/policy';

const ARN = 'arn:aws:execute-api:us-east-1:000000000000:a1b2c3d4e5/prod/$connect';

function statement(Effect: string, Resource: unknown, Action: unknown = 'execute-api:Invoke') {
  return { Effect, Action, Resource };
}

test.each([
  ['the ARN itself', ARN],
  ['any resource', '*'],
  ['the whole API', 'arn:aws:execute-api:us-east-1:000000000000:a1b2c3d4e5/*'],
  ['a wildcard across segments', 'arn:aws:execute-api:*/$connect'],
  ['single characters', ARN.replace('prod', 'p??d')],
  ['a list with it', ['arn:aws:s3:::bucket', ARN]],
])('an Allow of %s allows', (_, resource) => {
  expect(allows({ Statement: [statement('Allow', resource)] }, ARN)).toBe(true);
});

test.each([
  ['a prefix', ARN.slice(0, -1)],
  ['another case', ARN.toUpperCase()],
  ['what a regular expression would match', ARN.replace('$connect', '.connect').replaceAll('-', '.')],
])('an Allow of %s does not', (_, resource) => {
  expect(allows({ Statement: [statement('Allow', resource)] }, ARN)).toBe(false);
});

test('an explicit Deny wins, wherever it stands', () => {
  expect(allows({ Statement: [statement('Deny', '*'), statement('Allow', ARN)] }, ARN)).toBe(false);
  expect(allows({ Statement: [statement('Allow', ARN), statement('Deny', '*')] }, ARN)).toBe(false);
});

test('a Deny of something else does not count', () => {
  expect(allows({ Statement: [statement('Allow', '*'), statement('Deny', `${ARN}s`)] }, ARN)).toBe(true);
});

test('the action is compared without case and with wildcards', () => {
  expect(allows({ Statement: statement('Allow', ARN, ['EXECUTE-API:*']) }, ARN)).toBe(true);
  expect(allows({ Statement: statement('Allow', ARN, 'execute-api:ManageConnections') }, ARN)).toBe(false);
});

test.each([
  ['nothing', undefined],
  ['no statement', {}],
  ['an empty list', { Statement: [] }],
  ['an unknown effect', { Statement: [statement('Maybe', ARN)] }],
  ['no resource', { Statement: [{ Effect: 'Allow', Action: '*' }] }],
  [
    'a condition',
    { Statement: [{ ...statement('Allow', ARN), Condition: { Bool: { 'aws:SecureTransport': 'true' } } }] },
  ],
])('a policy with %s is not judged', (_, policy) => {
  expect(() => allows(policy, ARN)).toThrow(/policy/);
});
