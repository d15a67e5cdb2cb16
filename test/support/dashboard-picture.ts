// A picture of a dashboard's layout, out of its body: what stands where, without any number, for there is none.
interface Widget {
  type: string;
  x: number;
  y: number;
  width: number;
  height: number;
  properties: {
    title?: string;
    markdown?: string;
    metrics?: unknown[][];
    annotations?: { horizontal?: unknown[] };
  };
}

const UNIT = 48;
const LINE = 17;
const COLOURS = ['#1f77b4', '#ff7f0e', '#2ca02c', '#d62728', '#9467bd', '#8c564b'];

export function dashboardPicture(widgets: Widget[]): string {
  const bottom = Math.max(...widgets.map(({ y, height }) => y + height));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${24 * UNIT} ${bottom * UNIT}" font-family="system-ui, sans-serif" font-size="13">`,
    '<title>The dashboard: what stands where</title>',
    `<rect width="${24 * UNIT}" height="${bottom * UNIT}" fill="#f2f3f3"/>`,
    ...widgets.flatMap(draw),
    '</svg>',
    '',
  ].join('\n');
}

function draw({ type, x, y, width, height, properties }: Widget): string[] {
  const { title = type === 'text' ? 'What to look at' : type, metrics = [], annotations } = properties;
  const [left, top] = [x * UNIT + 4, y * UNIT + 4];
  const labels = metrics.map(labelOf).filter((label) => label !== undefined);
  const limits = annotations?.horizontal?.length ?? 0;
  return [
    `<rect x="${left}" y="${top}" width="${width * UNIT - 8}" height="${height * UNIT - 8}" rx="6" fill="#fff" stroke="#d5dbdb"/>`,
    `<text x="${left + 12}" y="${top + 22}" font-weight="600" fill="#16191f">${escape(title)}</text>`,
    ...labels.flatMap((label, i) => [
      `<rect x="${left + 12}" y="${top + 36 + i * LINE}" width="10" height="10" fill="${COLOURS[i % COLOURS.length]}"/>`,
      `<text x="${left + 28}" y="${top + 45 + i * LINE}" fill="#414d5c">${escape(label)}</text>`,
    ]),
    ...(limits > 0
      ? [
          `<path d="M${left + 12} ${top + height * UNIT - 60}h${width * UNIT - 32}" stroke="#d62728" stroke-dasharray="6 4"/>`,
          `<text x="${left + 12}" y="${top + height * UNIT - 40}" fill="#d62728">the alarm's threshold</text>`,
        ]
      : []),
  ];
}

/** Of a metric that is shown; what an expression is made of is not. */
function labelOf(metric: unknown[]): string | undefined {
  const options = metric.at(-1) as { label?: string; expression?: string; visible?: boolean };
  if (typeof options !== 'object') return String(metric[1]);
  if (options.visible === false) return undefined;
  return options.label ?? (typeof metric[1] === 'string' ? metric[1] : undefined);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
