// Checks of what the user brings. They run at synthesis, since a table may get its index and an API its routes after
// the construct was made. Of what was imported nothing is known, so it passes.
import { Annotations } from 'aws-cdk-lib';
import { type IWebSocketApi, WebSocketRoute, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Construct } from 'constructs';
import type { WebRtcSignalingProps } from '../signaling-props';
import {
  connectionsTableProblems,
  keepsExpiredRows,
  roomsTableProblems,
  TIME_TO_LIVE_ATTRIBUTE,
} from './tables';

export function checkBrought(scope: Construct, props: WebRtcSignalingProps): void {
  const { connectionsTable, roomsTable, webSocketApi } = props;
  scope.node.addValidation({
    validate: () => [
      ...(connectionsTable ? connectionsTableProblems(connectionsTable) : []),
      ...(roomsTable ? roomsTableProblems(roomsTable) : []),
      ...(webSocketApi ? routeProblems(webSocketApi, scope) : []),
      ...(webSocketApi ? stageProblems(webSocketApi, scope) : []),
    ],
  });
  for (const [property, table] of Object.entries({ connectionsTable, roomsTable })) {
    if (table && keepsExpiredRows(table)) {
      Annotations.of(scope).addWarningV2(
        `cdk-webrtc-signaling:${property}TimeToLive`,
        `${property} has no time to live on ${TIME_TO_LIVE_ATTRIBUTE}: the rows of a connection whose end API Gateway does not tell stay for ever`,
      );
    }
  }
}

function routeProblems(webSocketApi: IWebSocketApi, scope: Construct): string[] {
  const routes = scope.node.root.node
    .findAll()
    .filter((each) => each instanceof WebSocketRoute)
    .filter((route) => route.webSocketApi === webSocketApi);
  const ours = routes.filter((route) => route.node.scope === scope);
  return ours
    .filter(({ routeKey }) => routes.filter((route) => route.routeKey === routeKey).length > 1)
    .map(({ routeKey }) => `webSocketApi: has a route ${routeKey} of its own, expected none of that key`);
}

function stageProblems(webSocketApi: IWebSocketApi, scope: Construct): string[] {
  const stages = scope.node.root.node
    .findAll()
    .filter((each) => each instanceof WebSocketStage)
    .filter((stage) => stage.api === webSocketApi);
  const ours = stages.filter((stage) => stage.node.scope === scope);
  return ours
    .filter(({ stageName }) => stages.filter((stage) => stage.stageName === stageName).length > 1)
    .map(({ stageName }) => `webSocketApi: has a stage ${stageName} of its own, expected another stageName`);
}
