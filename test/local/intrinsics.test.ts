import { Intrinsics } from '../../local/src/template/intrinsics';
import type { Template } from '../../local/src/template/assembly';
import { ignoredTypes } from '../../local/src/template/ignored-types';

const template: Template = {
  Resources: {
    Table: { Type: 'AWS::DynamoDB::GlobalTable' },
    Named: { Type: 'AWS::DynamoDB::Table', Properties: { TableName: { 'Fn::Sub': 'rooms-${AWS::Region}' } } },
    Fn: { Type: 'AWS::Lambda::Function' },
    Api: { Type: 'AWS::ApiGatewayV2::Api' },
    Bucket: { Type: 'AWS::S3::Bucket' },
    Loop: { Type: 'AWS::Lambda::Function', Properties: { FunctionName: { Ref: 'Loop' } } },
    Role: { Type: 'AWS::IAM::Role' },
    Key: { Type: 'AWS::KMS::Key' },
    Logs: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/app/logs' } },
  },
  Parameters: {
    Size: { Type: 'Number', Default: 3 },
    Zones: { Type: 'CommaDelimitedList', Default: 'a, b' },
    Secret: { Type: 'String' },
    Version: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk/version' },
  },
  Mappings: { Sizes: { 'us-east-1': { small: 'nano' } } },
  Conditions: {
    IsThree: { 'Fn::Equals': [{ Ref: 'Size' }, '3'] },
    IsNotThree: { 'Fn::Not': [{ Condition: 'IsThree' }] },
    Both: { 'Fn::And': [{ Condition: 'IsThree' }, { 'Fn::Equals': ['a', 'a'] }] },
    Either: { 'Fn::Or': [{ Condition: 'IsNotThree' }, { 'Fn::Equals': ['a', 'b'] }] },
  },
};

const intrinsics = new Intrinsics(template, 'Stack', ignoredTypes(['AWS::S3::Bucket']));
const resolve = (value: unknown) => intrinsics.resolve(value, 'Fn.Environment');

it.each<[string, unknown, unknown]>([
  ['a value without any', { a: [1, 'x', null, true] }, { a: [1, 'x', null, true] }],
  ['the region', { Ref: 'AWS::Region' }, 'us-east-1'],
  ['the account', { Ref: 'AWS::AccountId' }, '000000000000'],
  ['the partition', { Ref: 'AWS::Partition' }, 'aws'],
  ['the URL suffix', { Ref: 'AWS::URLSuffix' }, 'amazonaws.com'],
  ['the stack', { Ref: 'AWS::StackName' }, 'Stack'],
  ['a table by its own name', { Ref: 'Table' }, 'Stack-Table'],
  ['a table by the name it was given', { Ref: 'Named' }, 'rooms-us-east-1'],
  ['a function', { Ref: 'Fn' }, 'Fn'],
  ['an ARN', { 'Fn::GetAtt': ['Fn', 'Arn'] }, 'arn:aws:lambda:us-east-1:000000000000:function:Fn'],
  [
    'an ARN with a dot',
    { 'Fn::GetAtt': 'Named.Arn' },
    'arn:aws:dynamodb:us-east-1:000000000000:table/rooms-us-east-1',
  ],
  ['a role', { 'Fn::GetAtt': ['Role', 'Arn'] }, 'arn:aws:iam::000000000000:role/Role'],
  ['a key', { 'Fn::GetAtt': ['Key', 'Arn'] }, 'arn:aws:kms:us-east-1:000000000000:key/Key'],
  [
    'a log group',
    { 'Fn::GetAtt': ['Logs', 'Arn'] },
    'arn:aws:logs:us-east-1:000000000000:log-group:/app/logs:*',
  ],
  ['an attribute of what is left out', { 'Fn::GetAtt': ['Bucket', 'Arn'] }, 'Bucket.Arn'],
  ['a join', { 'Fn::Join': ['-', ['a', { Ref: 'Size' }]] }, 'a-3'],
  [
    'a substitution',
    { 'Fn::Sub': '${Size} of ${Fn.Arn} ${!Size}' },
    '3 of arn:aws:lambda:us-east-1:000000000000:function:Fn ${Size}',
  ],
  ['a substitution with variables', { 'Fn::Sub': ['${a}', { a: { Ref: 'Fn' } }] }, 'Fn'],
  ['a list parameter', { Ref: 'Zones' }, ['a', 'b']],
  ['a selection', { 'Fn::Select': [1, { Ref: 'Zones' }] }, 'b'],
  ['a split', { 'Fn::Split': [':', 'a:b'] }, ['a', 'b']],
  ['a mapping', { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'small'] }, 'nano'],
  ['an equality', { 'Fn::If': ['IsThree', 'yes', 'no'] }, 'yes'],
  ['a negation', { 'Fn::If': ['IsNotThree', 'yes', 'no'] }, 'no'],
  ['a conjunction', { 'Fn::If': ['Both', 'yes', 'no'] }, 'yes'],
  ['a disjunction', { 'Fn::If': ['Either', 'yes', 'no'] }, 'no'],
  ['no value, which takes the property away', { a: { Ref: 'AWS::NoValue' }, b: 1 }, { b: 1 }],
  ['no value in a list', [1, { Ref: 'AWS::NoValue' }], [1]],
  ['a property that has the name of a function of conditions', { Condition: 'x' }, { Condition: 'x' }],
  ['a property that every object has', { constructor: 'x' }, { constructor: 'x' }],
])('evaluates %s', (_, value, expected) => {
  expect(resolve(value)).toEqual(expected);
});

it.each<[unknown, string]>([
  [{ 'Fn::ImportValue': 'x' }, 'Fn.Environment: cannot play the intrinsic function Fn::ImportValue'],
  [{ a: [{ 'Fn::Cidr': [] }] }, 'Fn.Environment.a[0]: cannot play the intrinsic function Fn::Cidr'],
  [{ 'Fn::Equals': ['a', 'a'] }, 'Fn.Environment: cannot play the intrinsic function Fn::Equals'],
  [{ Ref: 'Nobody' }, 'Fn.Environment: no resource or parameter Nobody in the template'],
  [{ Ref: 'Secret' }, 'Fn.Environment: the parameter Secret has no default'],
  [
    { Ref: 'Version' },
    'Fn.Environment: cannot play the parameter Version, whose value is in the Parameter Store',
  ],
  [
    { 'Fn::GetAtt': ['Table', 'StreamArn'] },
    'Fn.Environment: cannot play the attribute StreamArn of Table (AWS::DynamoDB::GlobalTable)',
  ],
  [
    { 'Fn::Sub': '${Fn.Version}' },
    'Fn.Environment: cannot play the attribute Version of Fn (AWS::Lambda::Function)',
  ],
  [{ 'Fn::FindInMap': ['Sizes', 'eu', 'small'] }, 'Fn.Environment: nothing in the mapping Sizes at eu.small'],
  [{ 'Fn::Select': [2, { Ref: 'Zones' }] }, 'Fn.Environment: nothing at 2 of ["a","b"]'],
  [{ 'Fn::If': ['Never', 1, 2] }, 'Fn.Environment: no condition Never in the template'],
  [{ 'Fn::Join': 'a' }, 'Fn.Environment: cannot evaluate Fn::Join of "a"'],
])('refuses %j', (value, message) => {
  expect(() => resolve(value)).toThrow(new Error(message));
});

it('refuses a name that is made of itself', () => {
  expect(() => resolve({ Ref: 'Loop' })).toThrow('cannot evaluate Ref of "Loop"');
});

it('names an API as API Gateway does, at every start the same', () => {
  expect(resolve({ Ref: 'Api' })).toMatch(/^[a-z0-9]{10}$/);
  expect(resolve({ 'Fn::GetAtt': ['Api', 'ApiEndpoint'] })).toBe(
    `wss://${new Intrinsics(template, 'Other', ignoredTypes([])).resolve({ Ref: 'Api' }, '') as string}.execute-api.us-east-1.amazonaws.com`,
  );
});
