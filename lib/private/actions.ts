// What each handler may do, on exactly what: the requests that lambda/aws/ makes, and nothing else.
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { IWebRtcSignaling } from '../signaling';
import { acknowledgeConnectionsArn } from './acknowledgements';
import { connectionsArn } from './base';
import { allowSecretKey, allowTableKey } from './encryption';
import { ROOMS_BY_CONNECTION } from './tables';

interface HandlerActions {
  readonly connectionsTable?: string[];
  readonly roomsTable?: string[];
  readonly roomsByConnection?: string[];
  /** What it does with other connections, by HTTP method. */
  readonly connections?: ('DELETE' | 'POST')[];
}

export const CONNECT_ACTIONS: HandlerActions = {
  connectionsTable: ['dynamodb:PutItem'],
};

/** Where the connections of a user are counted. */
export const COUNTING_CONNECT_ACTIONS: HandlerActions = {
  connectionsTable: ['dynamodb:PutItem', 'dynamodb:UpdateItem'],
};

export const MESSAGE_ACTIONS: HandlerActions = {
  connectionsTable: ['dynamodb:DeleteItem', 'dynamodb:UpdateItem'],
  roomsTable: [
    'dynamodb:DeleteItem',
    'dynamodb:GetItem',
    'dynamodb:PutItem',
    'dynamodb:Query',
    'dynamodb:UpdateItem',
  ],
  roomsByConnection: ['dynamodb:Query'],
  connections: ['DELETE', 'POST'],
};

export const DISCONNECT_ACTIONS: HandlerActions = {
  connectionsTable: ['dynamodb:DeleteItem'],
  roomsTable: ['dynamodb:DeleteItem', 'dynamodb:Query'],
  roomsByConnection: ['dynamodb:Query'],
  connections: ['POST'],
};

interface Resources extends IWebRtcSignaling {
  readonly connectionsTable: ITableV2;
  readonly roomsTable: ITableV2;
}

export function allow(handler: IGrantable, allowed: HandlerActions, resources: Resources): void {
  const { connectionsTable, roomsTable } = resources;
  const grant = (actions: string[], ...resourceArns: string[]) =>
    Grant.addToPrincipal({ grantee: handler, actions, resourceArns });
  // Not the tables' own `grant`: of an imported table it leaves the index out, of any other it opens all of them.
  if (allowed.connectionsTable) grant(allowed.connectionsTable, connectionsTable.tableArn);
  if (allowed.roomsTable) grant(allowed.roomsTable, roomsTable.tableArn);
  if (allowed.roomsByConnection) {
    grant(allowed.roomsByConnection, `${roomsTable.tableArn}/index/${ROOMS_BY_CONNECTION}`);
  }
  if (allowed.connections) {
    const arns = allowed.connections.map((method) => connectionsArn(resources, method));
    grant(['execute-api:ManageConnections'], ...arns);
    const role = handler.grantPrincipal;
    // Of what a role of the user's has in its own stack, it is theirs to say.
    if (Construct.isConstruct(role) && role.node.scope === resources) {
      arns.forEach((arn) => acknowledgeConnectionsArn(role, arn));
    }
  }
  // A table under a key of the user's is read and written with that key.
  if (allowed.connectionsTable && connectionsTable.encryptionKey) {
    allowTableKey(handler, connectionsTable.encryptionKey, connectionsTable);
  }
  if (allowed.roomsTable && roomsTable.encryptionKey) {
    allowTableKey(handler, roomsTable.encryptionKey, roomsTable);
  }
}

/** The text of secrets. Not a secret's own `grantRead`, which also lets its description be read. */
export function allowToRead(handler: IGrantable, ...secrets: ISecret[]): void {
  if (secrets.length === 0) return;
  Grant.addToPrincipal({
    grantee: handler,
    actions: ['secretsmanager:GetSecretValue'],
    // Of a secret that is known by its name only, the ARN lacks the six characters at its end.
    resourceArns: secrets.map((secret) => secret.secretFullArn ?? `${secret.secretArn}-??????`),
  });
  for (const secret of secrets) {
    if (secret.encryptionKey) allowSecretKey(handler, secret.encryptionKey, secret);
  }
}
