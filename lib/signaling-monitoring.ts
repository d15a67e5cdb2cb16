import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmBase,
  ComparisonOperator,
  Dashboard,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { SignalingMonitoringOptions } from './monitoring-options';
import { alarmKinds } from './private/alarms';
import { dashboardRows } from './private/dashboard-widgets';
import { monitoringProblems } from './private/monitoring-problems';
import type { IWebRtcSignaling } from './signaling';

const RUNBOOK = 'https://github.com/cdk-webrtc-signaling/cdk-webrtc-signaling/blob/main/docs/operations.md';

/** A service, and what it is made of. */
export interface SignalingMonitoringProps extends SignalingMonitoringOptions {
  /** Whose metrics are watched. */
  readonly signaling: IWebRtcSignaling;

  /** Behind `$connect`. */
  readonly connectFunction: IFunction;

  /** Behind `$default`. */
  readonly messageFunction: IFunction;

  /** Behind `$disconnect`. */
  readonly disconnectFunction: IFunction;

  /**
   * Of `$connect`, where there is one.
   *
   * @default - none
   */
  readonly authorizerFunction?: IFunction;

  /** Of the connections. */
  readonly connectionsTable: ITableV2;

  /** Of the peers of the rooms. */
  readonly roomsTable: ITableV2;
}

/** Alarms and a dashboard of a signaling service: what `monitoring` makes of a `WebRtcSignaling`. */
export class SignalingMonitoring extends Construct {
  /** Every alarm. */
  public readonly alarms: AlarmBase[];

  /** Absent where it was not asked for. */
  public readonly dashboard?: Dashboard;

  /** @throws where an option is wrong, with one line for each that is */
  constructor(scope: Construct, id: string, props: SignalingMonitoringProps) {
    super(scope, id);
    const problems = monitoringProblems(props);
    if (problems.length > 0) {
      throw new Error([`${this.node.path} has wrong properties:`, ...problems].join('\n  '));
    }

    const { signaling, connectFunction, messageFunction, disconnectFunction, authorizerFunction } = props;
    const { runbookUrl = RUNBOOK, thresholds = {} } = props;
    const handlers = { connect: connectFunction, message: messageFunction, disconnect: disconnectFunction };
    const alarms: Record<string, Alarm> = {};
    for (const kind of alarmKinds(signaling, Object.values(handlers), authorizerFunction, thresholds)) {
      const anchor = kind.section.toLowerCase().replaceAll(' ', '-');
      alarms[kind.id] = new Alarm(this, kind.id, {
        metric: kind.metric,
        threshold: kind.threshold,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        evaluationPeriods: kind.periods,
        // Nobody calls: nothing is wrong.
        treatMissingData: TreatMissingData.NOT_BREACHING,
        alarmDescription: `${kind.says}. ${runbookUrl}#${anchor}`,
      });
    }
    this.alarms = Object.values(alarms);
    for (const alarm of this.alarms) {
      if (props.alarmTopic) {
        alarm.addAlarmAction(new SnsAction(props.alarmTopic));
        alarm.addOkAction(new SnsAction(props.alarmTopic));
      }
      alarm.addAlarmAction(...(props.alarmActions ?? []));
    }

    if (props.dashboard ?? true) {
      const tables = { connections: props.connectionsTable, rooms: props.roomsTable };
      this.dashboard = new Dashboard(this, 'Dashboard', {
        defaultInterval: Duration.hours(3),
        widgets: dashboardRows({ signaling, handlers, authorizerFunction, tables, alarms, runbookUrl }),
      });
    }
  }
}
