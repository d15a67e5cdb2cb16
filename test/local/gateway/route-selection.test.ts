import { compileRouteSelection } from '../../../local/src/gateway/route-selection';

test.each([
  ['$request.body.action', '{"action":"join"}', 'join'],
  ['${request.body.action}', '{"action":"join"}', 'join'],
  ['$request.body.a.b', '{"a":{"b":"deep"}}', 'deep'],
  ['${request.body.a}/${request.body.b}', '{"a":"x","b":"y"}', 'x/y'],
  ['v1-${request.body.a}', '{"a":"x"}', 'v1-x'],
  ['$request.body.action', '{"action":7}', '7'],
  ['$request.body.action', '{"action":true}', 'true'],
  ['\\$default', '{"action":"join"}', '$default'],
  ['\\$default', 'not JSON', '$default'],
  ['\\${request.body.a}/${request.body.a}', '{"a":"x"}', '${request.body.a}/x'],
])('%s selects from %s', (expression, body, routeKey) => {
  expect(compileRouteSelection(expression)(body)).toBe(routeKey);
});

test.each([
  ['a missing path', '{"other":1}'],
  ['a body that is not JSON', 'action'],
  ['an empty body', ''],
  ['null', 'null'],
  ['an object where a name should be', '{"action":{}}'],
  ['a name that every object inherits', '{"x":1}'],
])('%s selects nothing', (name, body) => {
  const path = name.startsWith('a name') ? 'constructor.name' : 'action';
  expect(compileRouteSelection(`$request.body.${path}`)(body)).toBeUndefined();
});

test('a template of which one path is missing selects nothing', () => {
  expect(compileRouteSelection('${request.body.a}/${request.body.b}')('{"a":"x"}')).toBeUndefined();
});

test.each([
  '',
  'action',
  '$request.header.action',
  '$request.body',
  '$request.body.a[0]',
  '$context.routeKey',
])('the expression %p cannot be played, and the error names it', (expression) => {
  expect(() => compileRouteSelection(expression)).toThrow(JSON.stringify(expression));
});
