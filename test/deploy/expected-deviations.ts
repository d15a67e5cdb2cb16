// Where MiniStack 1.5.33 does not do as API Gateway does, by the full names of the cases that show it.
const PARSES =
  'reads the JSON of a frame by recursion, and drops the connection where that is too deep for it';

export const EXPECTED_DEVIATIONS: Record<string, string> = {
  'a frame that cannot be handled is answered with its code, and the connection stays deep nesting': PARSES,
  'a frame that cannot be handled is answered with its code, and the connection stays disturbs nobody else in the room':
    PARSES,
};
