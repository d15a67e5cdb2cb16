// What CloudWatch makes of log lines in the embedded metric format.
import Ajv from 'ajv';

const name = (maxLength: number) => ({
  type: 'string',
  minLength: 1,
  maxLength,
  pattern: '^[\\x20-\\x7e]+$',
});

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
const isEmbedded = new Ajv({ allErrors: true }).compile({
  type: 'object',
  required: ['_aws'],
  properties: {
    _aws: {
      type: 'object',
      required: ['Timestamp', 'CloudWatchMetrics'],
      additionalProperties: false,
      properties: {
        Timestamp: { type: 'integer', minimum: 1e12 },
        CloudWatchMetrics: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            required: ['Namespace', 'Dimensions', 'Metrics'],
            additionalProperties: false,
            properties: {
              Namespace: name(1024),
              Dimensions: {
                type: 'array',
                minItems: 1,
                items: { type: 'array', maxItems: 30, items: name(250) },
              },
              Metrics: {
                type: 'array',
                minItems: 1,
                maxItems: 100,
                items: {
                  type: 'object',
                  required: ['Name', 'Unit'],
                  additionalProperties: false,
                  properties: {
                    Name: name(1024),
                    Unit: { enum: ['Count', 'Milliseconds', 'Seconds'] },
                    StorageResolution: { enum: [1, 60] },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
});

interface Document {
  _aws: {
    CloudWatchMetrics: {
      Namespace: string;
      Dimensions: string[][];
      Metrics: { Name: string; Unit: string }[];
    }[];
  };
  [member: string]: unknown;
}

export interface Metric {
  namespace: string;
  dimensions: Record<string, string>;
  name: string;
  unit: string;
  values: number[];
}

/** @throws where a line that has metrics is not as the specification wants it */
export function embeddedMetrics(lines: string[]): Metric[] {
  const metrics = new Map<string, Metric>();
  for (const document of lines.map(parse).filter((line) => line !== undefined)) {
    for (const { Namespace, Dimensions, Metrics } of document._aws.CloudWatchMetrics) {
      for (const set of Dimensions) {
        const dimensions = Object.fromEntries(set.map((each) => [each, text(document, each)]));
        for (const { Name, Unit } of Metrics) {
          const key = JSON.stringify([Namespace, dimensions, Name]);
          const metric = metrics.get(key) ?? {
            namespace: Namespace,
            dimensions,
            name: Name,
            unit: Unit,
            values: [],
          };
          if (metric.unit !== Unit) throw new Error(`${Name} in ${metric.unit} and in ${Unit}`);
          metric.values.push(...numbers(document, Name));
          metrics.set(key, metric);
        }
      }
    }
  }
  return [...metrics.values()];
}

function parse(line: string): Document | undefined {
  // CloudWatch takes a line for one where it is JSON with the member; a line that merely speaks of it is none.
  if (!line.startsWith('{')) return undefined;
  const document = JSON.parse(line) as Document;
  if (document._aws === undefined) return undefined;
  if (!isEmbedded(document)) throw new Error(`${JSON.stringify(isEmbedded.errors)} in ${line}`);
  return document;
}

function text(document: Document, member: string): string {
  const value = document[member];
  if (typeof value !== 'string' || !/^[\x20-\x7e]{1,1024}$/.test(value)) {
    throw new Error(`the dimension ${member} is ${JSON.stringify(value)}`);
  }
  return value;
}

function numbers(document: Document, member: string): number[] {
  const values = [document[member]].flat();
  if (values.length > 100 || !values.every((value) => typeof value === 'number')) {
    throw new Error(`the metric ${member} is ${JSON.stringify(document[member])}`);
  }
  return values;
}
