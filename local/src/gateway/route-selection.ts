// The route selection expression: `$request.body.action`, or text with `${request.body.action}` in it. A dollar sign that
// stands for itself is written `\$`: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-selection-expressions.html

/** The route key that a message asks for; undefined where its body does not have one. */
export type RouteSelection = (body: string) => string | undefined;

const PATH = String.raw`request\.body((?:\.[\w-]+)+)`;
const BARE = new RegExp(`^\\$${PATH}$`);
const VARIABLE = new RegExp(String.raw`\\\$|\$\{${PATH}\}`, 'g');

/** @throws Error where the expression reads anything but the message's body */
export function compileRouteSelection(expression: string): RouteSelection {
  const template = expression.replace(BARE, (_, path: string) => `\${request.body${path}}`);
  if (template.replace(VARIABLE, '').includes('$') || template.search(VARIABLE) < 0) {
    throw new Error(
      `cannot play the route selection expression ${JSON.stringify(expression)}: ` +
        'expected $request.body.NAME, or text with ${request.body.NAME} or \\$ in it',
    );
  }
  return (body) => {
    const json = parse(body);
    let complete = true;
    const routeKey = template.replace(VARIABLE, (_, path: string | undefined) => {
      if (path === undefined) return '$';
      const value = valueAt(json, path.slice(1).split('.'));
      complete &&= value !== undefined;
      return value ?? '';
    });
    return complete ? routeKey : undefined;
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function valueAt(json: unknown, path: string[]): string | undefined {
  let value = json;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
}
