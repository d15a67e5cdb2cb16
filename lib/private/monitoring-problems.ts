import type { SignalingMonitoringOptions } from '../monitoring-options';
import { check, isAbove0 } from './check';

const isPercent = (given: number) => given > 0 && given <= 100;

/** What is wrong with the options of the monitoring, a line each. */
export function monitoringProblems({ thresholds = {}, runbookUrl }: SignalingMonitoringOptions): string[] {
  return [
    ...Object.entries(thresholds as Record<string, number | undefined>).flatMap(([name, threshold]) =>
      name.endsWith('Percent')
        ? check(`monitoring.thresholds.${name}`, threshold, isPercent, 'a number above 0, of at most 100')
        : check(`monitoring.thresholds.${name}`, threshold, isAbove0, 'a number above 0'),
    ),
    ...check(
      'monitoring.runbookUrl',
      runbookUrl,
      (url) => /^https?:\/\/[^\s#]+$/.test(url),
      'a URL without #',
    ),
  ];
}
