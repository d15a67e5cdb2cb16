// What `monitoring` makes: alarms that lead to a section of the runbook, and the dashboard.
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { UNITS } from '../../lambda/metrics';
import { make, templateOf } from '../support/construct-shapes';
import { text } from '../support/construct-template';
import { dashboardPicture } from '../support/dashboard-picture';

const monitored = () => templateOf('monitoring');
const alarms = (template: Template) =>
  Object.fromEntries(
    Object.entries(template.findResources('AWS::CloudWatch::Alarm')).map(([id, { Properties }]) => [
      id.replace(/^SignalingMonitoring(\w+)[0-9A-F]{8}$/, '$1'),
      Properties,
    ]),
  );
const dashboardBody = (template: Template) => {
  const [{ Properties }] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
  return JSON.parse(text(Properties.DashboardBody)) as { widgets: any[] };
};

test('a service that is not monitored has neither alarms nor a dashboard', () => {
  templateOf('every default').resourceCountIs('AWS::CloudWatch::Alarm', 0);
  templateOf('every default').resourceCountIs('AWS::CloudWatch::Dashboard', 0);
});

test('each alarm has its threshold and its patience', () => {
  const limits = Object.entries(alarms(monitored())).map(([id, { Threshold, EvaluationPeriods }]) => [
    id,
    Threshold,
    EvaluationPeriods,
  ]);
  expect(limits).toEqual([
    ['HandlerErrors', 5, 1],
    ['HandlerThrottles', 1, 1],
    ['RelayFailures', 2, 2],
    ['Evictions', 25, 2],
    ['Refusals', 50, 2],
    ['RelayLatency', 800, 3],
    ['NewConnections', 400, 3],
    ['Connections', 5000, 1],
  ]);
});

test('without a threshold there is no alarm about the connections that are open', () => {
  const { stack } = make(() => ({ monitoring: {} }));
  expect(Object.keys(alarms(Template.fromStack(stack)))).not.toContain('Connections');
});

test('every alarm is told where it was asked for, as it goes off and as it is over, and rests where nobody calls', () => {
  for (const alarm of Object.values(alarms(monitored()))) {
    expect(alarm.TreatMissingData).toBe('notBreaching');
    expect(alarm.ComparisonOperator).toBe('GreaterThanOrEqualToThreshold');
    expect(alarm.AlarmActions.map(text)).toEqual([expect.stringMatching(/^\$\{Alarms/)]);
    expect(alarm.OKActions).toEqual(alarm.AlarmActions);
  }
});

test('every alarm leads to a section of the runbook that is there', () => {
  const runbook = readFileSync(resolve(__dirname, '../../docs/operations.md'), 'utf8');
  const anchors = [...runbook.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    title.toLowerCase().replaceAll(' ', '-'),
  );
  for (const { AlarmDescription } of Object.values(alarms(monitored()))) {
    const [, url, anchor] = /^.+\. (https:\S+)#(\S+)$/.exec(AlarmDescription)!;
    expect(url).toMatch(/\/docs\/operations\.md$/);
    expect(anchors).toContain(anchor);
  }
});

test('an alarm leads to the runbook of the user where they have one', () => {
  const { stack } = make(() => ({ monitoring: { runbookUrl: 'https://wiki.example.com/calls' } }));
  const { RelayLatency } = alarms(Template.fromStack(stack));
  expect(RelayLatency.AlarmDescription).toMatch(/ https:\/\/wiki\.example\.com\/calls#relay-latency$/);
});

test('shares count nothing where too little came, and bear that one of their metrics is missing', () => {
  const { RelayFailures } = alarms(monitored());
  expect(RelayFailures.Metrics[0]).toMatchObject({
    Expression:
      'IF((FILL(wrong0, 0) + FILL(right0, 0)) >= 20, 100 * (FILL(wrong0, 0)) / (FILL(wrong0, 0) + FILL(right0, 0)), 0)',
  });
});

test('errors are those that Lambda saw and those that a handler answered for, without the 401 of an authorizer', () => {
  const { HandlerErrors } = alarms(monitored());
  const [, ...metrics] = HandlerErrors.Metrics;
  expect(metrics.map(({ MetricStat }: any) => MetricStat.Metric.MetricName)).toEqual([
    'HandlerFailures',
    'Errors',
    'Errors',
    'Errors',
  ]);
});

test('the dashboard shows what the handlers publish, under the names that they publish it by', () => {
  const { widgets } = dashboardBody(monitored());
  const names = [...JSON.stringify(widgets).matchAll(/\["WebRtcSignaling","(\w+)"/g)].map(([, name]) => name);
  expect([...new Set(names)].sort()).toEqual(Object.keys(UNITS).sort());
});

test('the widgets of the dashboard stand beside one another over the whole width', () => {
  const { widgets } = dashboardBody(monitored());
  const rows = [...new Set(widgets.map(({ y }) => y as number))].map((top) =>
    widgets.filter(({ y }) => y === top),
  );
  expect(rows.length).toBeGreaterThanOrEqual(6);
  for (const row of rows) {
    expect(row.reduce((sum: number, { width }) => sum + (width as number), 0)).toBe(24);
    expect(new Set(row.map(({ height }) => height)).size).toBe(1);
  }
});

test('the picture in the docs is of this dashboard (PICTURE=1 draws it anew)', () => {
  const file = resolve(__dirname, '../../docs/images/dashboard.svg');
  const drawn = dashboardPicture(dashboardBody(monitored()).widgets);
  if (process.env.PICTURE) writeFileSync(file, drawn);
  expect(readFileSync(file, 'utf8')).toBe(drawn);
});

test('there is no dashboard where it is declined', () => {
  const { stack, signaling } = make(() => ({ monitoring: { dashboard: false } }));
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
  template.resourceCountIs('AWS::CloudWatch::Alarm', 7);
  expect(signaling.monitoring?.dashboard).toBeUndefined();
  expect(signaling.monitoring?.alarms).toHaveLength(7);
});

test('monitoring lets the handlers do nothing more', () => {
  monitored().resourcePropertiesCountIs(
    'AWS::IAM::Policy',
    {
      PolicyDocument: {
        Statement: Match.arrayWith([Match.objectLike({ Action: Match.stringLikeRegexp('cloudwatch|xray') })]),
      },
    },
    0,
  );
});

test('what is wrong with the options is told at once', () => {
  const thresholds = { relayFailuresPercent: 101, handlerErrors: 0, connections: NaN };
  expect(() => make(() => ({ monitoring: { thresholds, runbookUrl: 'wiki' } }))).toThrow(
    [
      'Stack/Signaling has wrong properties:',
      'monitoring.thresholds.relayFailuresPercent: 101 given, expected a number above 0, of at most 100',
      'monitoring.thresholds.handlerErrors: 0 given, expected a number above 0',
      'monitoring.thresholds.connections: NaN given, expected a number above 0',
      'monitoring.runbookUrl: "wiki" given, expected a URL without #',
    ].join('\n  '),
  );
});
