// That a role which may do too much, or too little, is noticed: test/heavy/privileges.test.ts relies on it.
import type { Template } from '../../local/src/template/assembly';
import { problemsOf } from '../privileges/ledger';
import { playShape } from '../privileges/play-shape';

it('every role may do what it does, and nothing else', async () => {
  const { privileges, error } = await playShape('every default');
  expect(problemsOf(privileges)).toEqual([]);
  expect(error).toBeUndefined();
  expect(privileges).toHaveLength(3);
});

/** The statements of the policy of one role. */
function statementsOf(template: Template, role: string): { Action: string | string[]; Resource: unknown }[] {
  const [, policy] = Object.entries(template.Resources!).find(
    ([id, { Type }]) => Type === 'AWS::IAM::Policy' && id.startsWith(role),
  )!;
  return (policy.Properties!.PolicyDocument as { Statement: [] }).Statement;
}

it('an action that is taken away is refused, and told', async () => {
  const { privileges, error } = await playShape('every default', (template) => {
    for (const statement of statementsOf(template, 'SignalingConnectFunctionRole')) {
      if ([statement.Action].flat().includes('dynamodb:PutItem')) statement.Action = 'dynamodb:DescribeTable';
    }
  });
  expect(error?.message).toContain('503');
  expect(problemsOf(privileges)).toContainEqual(
    expect.stringMatching(
      /^SignalingConnectFunctionRole\w+: dynamodb:PutItem on arn:\S+ is used and refused$/,
    ),
  );
});

it('an action that nobody uses is told', async () => {
  const { privileges, error } = await playShape('every default', (template) => {
    statementsOf(template, 'SignalingDisconnectFunctionRole').push({
      Effect: 'Allow',
      Action: 'dynamodb:Scan',
      Resource: '*',
    } as never);
  });
  expect(error).toBeUndefined();
  expect(problemsOf(privileges)).toEqual([
    expect.stringMatching(
      /^SignalingDisconnectFunctionRole\w+: dynamodb:Scan on \* is allowed and never used$/,
    ),
  ]);
});
