// The dashboard, row by row: what is wrong first, then what to look at to learn why.
import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  GraphWidget,
  type GraphWidgetProps,
  type IMetric,
  type IWidget,
  SingleValueWidget,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IWebRtcSignaling } from '../signaling';
import { errorsOf, newConnectionsPerSecond, openConnections } from './alarms';

export interface Watched {
  readonly signaling: IWebRtcSignaling;
  readonly handlers: Record<string, IFunction>;
  readonly authorizerFunction?: IFunction;
  readonly tables: Record<string, ITableV2>;
  readonly alarms: Record<string, Alarm>;
  readonly runbookUrl: string;
}

const WIDTH = 24;

export function dashboardRows(watched: Watched): IWidget[][] {
  const { signaling, handlers, authorizerFunction, tables, alarms, runbookUrl } = watched;
  const functions = Object.entries({
    ...handlers,
    ...(authorizerFunction && { authorizer: authorizerFunction }),
  });
  const limit = (id: string) => (alarms[id] ? [alarms[id].toAnnotation()] : []);
  const perTable = (metric: (table: ITableV2, label: string) => IMetric[]) =>
    Object.entries(tables).flatMap(([name, table]) => metric(table, name));

  return [
    [
      new TextWidget({
        width: WIDTH,
        height: 3,
        markdown: [
          '# WebRTC signaling',
          `**An alarm is red:** its section of [the runbook](${runbookUrl}) says what it means and what to do. **Calls do not come about, and none is red:** look at *Refused* and *Peers*, then at the clients. The media itself goes between peers and is not seen here.`,
        ].join('\n'),
      }),
    ],
    [
      new AlarmStatusWidget({ title: 'Alarms', alarms: Object.values(alarms), width: 12, height: 4 }),
      new SingleValueWidget({
        title: 'In the last 5 minutes',
        width: 12,
        height: 4,
        metrics: [
          signaling.metricPeersJoined({ label: 'Peers joined' }),
          signaling.metricMessagesRelayed({ label: 'Messages relayed' }),
          signaling.metricRelayLatency({ label: 'Relay latency, p99' }),
          errorsOf(signaling, Object.values(handlers)),
        ],
      }),
    ],
    row(
      {
        title: 'Connections',
        left: [
          signaling.metricConnectionsOpened({ label: 'Opened' }),
          signaling.metricConnectionsClosed({ label: 'Closed' }),
        ],
        right: [openConnections(signaling)],
      },
      {
        title: 'New connections a second',
        left: [newConnectionsPerSecond(signaling)],
        leftAnnotations: limit('NewConnections'),
      },
      {
        title: 'Peers',
        left: [
          signaling.metricPeersJoined({ label: 'Joined' }),
          signaling.metricPeersLeft({ label: 'Left' }),
          signaling.metricPeersResumed({ label: 'Came back' }),
          signaling.metricPeersEvicted({ label: 'Found gone' }),
        ],
      },
      {
        title: 'Messages',
        left: [
          signaling.metricMessagesRelayed({ label: 'Relayed' }),
          signaling.metricMessages({ label: 'API Gateway, both directions' }),
        ],
      },
    ),
    row(
      {
        title: 'Relay latency, ms',
        left: ['p50', 'p99'].map((statistic) =>
          signaling.metricRelayLatency({ statistic, label: statistic }),
        ),
        leftAnnotations: limit('RelayLatency'),
      },
      {
        title: 'Relay failures, %',
        left: metricOf(alarms.RelayFailures),
        leftAnnotations: limit('RelayFailures'),
      },
      {
        title: 'Evictions, % of departures',
        left: metricOf(alarms.Evictions),
        leftAnnotations: limit('Evictions'),
      },
      {
        title: 'Refused',
        left: [
          signaling.metricAuthorizerRefusals({ label: 'By the authorizer' }),
          signaling.metricConnectionsRefused({ label: 'By $connect' }),
          signaling.metricMessagesRefused({ label: 'Messages' }),
          signaling.metricClientErrors({ label: 'By API Gateway' }),
        ],
        right: metricOf(alarms.Refusals),
        rightAnnotations: limit('Refusals'),
      },
    ),
    row(
      {
        title: 'Handler errors',
        left: [
          signaling.metricHandlerFailures({ label: 'Events not done' }),
          ...Object.entries(handlers).map(([label, handler]) => handler.metricErrors({ label })),
        ],
        leftAnnotations: limit('HandlerErrors'),
      },
      {
        title: 'Handler throttles',
        left: functions.map(([label, handler]) => handler.metricThrottles({ label })),
        leftAnnotations: limit('HandlerThrottles'),
      },
      {
        title: 'Handler duration, p99',
        left: functions.map(([label, handler]) =>
          handler.metricDuration({ statistic: Stats.percentile(99), label }),
        ),
      },
      {
        title: 'Handlers running at once',
        left: functions.map(([label, handler]) =>
          handler.metric('ConcurrentExecutions', { statistic: Stats.MAXIMUM, label }),
        ),
      },
    ),
    row(
      {
        title: 'Tables: read units',
        left: perTable((table, name) => [table.metricConsumedReadCapacityUnits({ label: name })]),
      },
      {
        title: 'Tables: write units',
        left: perTable((table, name) => [table.metricConsumedWriteCapacityUnits({ label: name })]),
      },
      {
        title: 'Tables: throttled',
        left: perTable((table, name) => [
          table.metric('ReadThrottleEvents', { statistic: Stats.SUM, label: `${name}, reads` }),
          table.metric('WriteThrottleEvents', { statistic: Stats.SUM, label: `${name}, writes` }),
        ]),
      },
    ),
  ];
}

/** Beside one another, over the whole width. */
function row(...graphs: GraphWidgetProps[]): IWidget[] {
  return graphs.map(
    (props) =>
      new GraphWidget({
        width: WIDTH / graphs.length,
        height: 6,
        period: Duration.minutes(5),
        leftYAxis: { min: 0 },
        rightYAxis: { min: 0 },
        ...props,
      }),
  );
}

const metricOf = (alarm: Alarm): IMetric[] => [alarm.metric];
