// Where MiniStack 1.5.33 does not do as API Gateway does, by the full names of the cases that show it.
const PARSES =
  'reads the JSON of a frame by recursion, and drops the connection where that is too deep for it';
const ROUTES =
  'invokes the function of $connect or $disconnect for a message that names it in the route selection expression';

export const EXPECTED_DEVIATIONS: Record<string, string> = {
  'a frame that cannot be handled is answered with its code, and the connection stays deep nesting': PARSES,
  'a frame that cannot be handled is answered with its code, and the connection stays disturbs nobody else in the room':
    PARSES,
  'a route that a client names $connect does nothing but what the message says': ROUTES,
  'a route that a client names $disconnect does nothing but what the message says': ROUTES,
};
