// What an account holds, asked in AWS's own protocols: an SDK client for each would be much for one request.
import { AwsClient } from 'aws4fetch';

const aws = new AwsClient({
  accessKeyId: process.env.AWS_ACCESS_KEY_ID!,
  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY!,
  region: process.env.AWS_REGION,
});

async function ask(service: string, path: string, init: RequestInit = {}): Promise<string> {
  const response = await aws.fetch(`${process.env.AWS_ENDPOINT_URL}${path}`, { ...init, aws: { service } });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${service} ${path}: ${response.status} ${answer}`);
  return answer;
}

async function get(service: string, path: string): Promise<any> {
  return JSON.parse(await ask(service, path));
}

async function call(service: string, target: string, body: object = {}): Promise<any> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
  return JSON.parse(await ask(service, '/', { method: 'POST', headers, body: JSON.stringify(body) }));
}

/** AWS's Query protocol, whose answers are XML. */
async function query(service: string, version: string, parameters: Record<string, string>): Promise<string> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = new URLSearchParams({ ...parameters, Version: version }).toString();
  return ask(service, '/', { method: 'POST', headers, body });
}

function texts(xml: string, element: string): string[] {
  return [...xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map(([, text]) => text);
}

/** The names of all that a signaling service is made of, by kind. */
export async function inventory(): Promise<Record<string, string[]>> {
  const { TableNames } = await call('dynamodb', 'DynamoDB_20120810.ListTables');
  const { logGroups } = await call('logs', 'Logs_20140328.DescribeLogGroups');
  const { Functions } = await get('lambda', '/2015-03-31/functions');
  const { items } = await get('apigateway', '/v2/apis');
  const roles = texts(await query('iam', '2010-05-08', { Action: 'ListRoles' }), 'RoleName');
  const found = {
    tables: TableNames,
    logGroups: logGroups.map(({ logGroupName }: any) => logGroupName),
    functions: Functions.map(({ FunctionName }: any) => FunctionName),
    apis: items.map(({ apiId, ApiId }: any) => apiId ?? ApiId),
    roles,
  };
  return Object.fromEntries(Object.entries(found).map(([kind, names]) => [kind, [...names].sort()]));
}

/** By logical id. */
export async function physicalIds(StackName: string): Promise<Record<string, string>> {
  const xml = await query('cloudformation', '2010-05-15', { Action: 'DescribeStackResources', StackName });
  const ids = texts(xml, 'LogicalResourceId');
  return Object.fromEntries(texts(xml, 'PhysicalResourceId').map((physical, i) => [ids[i], physical]));
}

/** All that CloudFormation ever did to a stack. */
export async function eventIds(StackName: string): Promise<string[]> {
  const parameters = { Action: 'DescribeStackEvents', StackName };
  return texts(await query('cloudformation', '2010-05-15', parameters), 'EventId');
}
