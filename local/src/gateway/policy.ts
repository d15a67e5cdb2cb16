// Judges the policy that an authorizer returned, for the one action and resource of a handshake.

interface Statement {
  Effect: 'Allow' | 'Deny';
  Action: string | string[];
  Resource: string | string[];
}

/**
 * Whether the policy lets a client call `resource`: an Allow must match, and no Deny may.
 * @throws Error where it is no policy, or one that needs more than effects, actions and resources to judge
 */
export function allows(policy: unknown, resource: string): boolean {
  const matching = statementsOf(policy).filter(
    ({ Action, Resource }) =>
      list(Action).some((pattern) => matches(pattern.toLowerCase(), 'execute-api:invoke')) &&
      list(Resource).some((pattern) => matches(pattern, resource)),
  );
  return matching.length > 0 && matching.every(({ Effect }) => Effect === 'Allow');
}

function statementsOf(policy: unknown): Statement[] {
  const statements = list((policy as { Statement?: unknown } | null | undefined)?.Statement ?? []);
  if (statements.length === 0) throw new Error('the authorizer returned no policy');
  return statements.map((statement) => {
    const { Sid: _sid, Effect, Action, Resource, ...others } = statement as Statement & { Sid?: string };
    if (Object.keys(others).length > 0) {
      throw new Error(`cannot judge a policy with ${Object.keys(others).join(', ')}`);
    }
    if ((Effect !== 'Allow' && Effect !== 'Deny') || !isPatterns(Action) || !isPatterns(Resource)) {
      throw new Error('the authorizer returned a policy statement without Effect, Action or Resource');
    }
    return { Effect, Action, Resource };
  });
}

/** IAM's wildcards: `*` is any text, slashes and colons included, `?` any one character. */
function matches(pattern: string, text: string): boolean {
  const source = pattern.replace(/[\\^$.*+?()[\]{}|]/g, (special) =>
    special === '*' ? '.*' : special === '?' ? '.' : `\\${special}`,
  );
  return new RegExp(`^${source}$`, 's').test(text);
}

function isPatterns(value: unknown): value is string | string[] {
  return list(value).every((pattern) => typeof pattern === 'string');
}

function list<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}
