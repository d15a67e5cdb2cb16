// What is asked of an OpenID Connect provider: where its keys are, and the keys.
import type { Fetcher } from 'aws-jwt-verify/https';

const ANSWERS_WITHIN_MS = 3_000;
const ATTEMPTS = 2;

/** It did not answer, or not as one does: no word on the token. */
export class ProviderFailed extends Error {}

export const fetcher: Fetcher = {
  async fetch(uri) {
    let failure: unknown;
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      try {
        // A provider that moved has a new address in its configuration; to follow would be to trust anyone on the way.
        const response = await fetch(uri, {
          redirect: 'error',
          signal: AbortSignal.timeout(ANSWERS_WITHIN_MS),
        });
        if (response.ok) return await response.arrayBuffer();
        failure = `status ${response.status}`;
      } catch (error) {
        failure = error;
      }
    }
    throw new ProviderFailed(`no answer of ${uri}`, { cause: failure });
  },
};

/** As https://openid.net/specs/openid-connect-discovery-1_0.html has it. */
export async function discoverKeys(issuer: string): Promise<string> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const text = new TextDecoder().decode(await fetcher.fetch(address));
  const configuration = parse(text, address);
  // Else whoever serves the address could speak for another provider.
  if (configuration.issuer !== issuer) throw new ProviderFailed(`${address} has another issuer`);
  const uri = configuration.jwks_uri;
  if (typeof uri !== 'string' || !URL.canParse(uri) || schemeOf(uri) !== schemeOf(address)) {
    throw new ProviderFailed(`${address} has no jwks_uri of the same scheme`);
  }
  return uri;
}

const schemeOf = (address: string) => new URL(address).protocol;

function parse(text: string, address: string): { issuer?: unknown; jwks_uri?: unknown } {
  try {
    return (JSON.parse(text) ?? {}) as object;
  } catch {
    throw new ProviderFailed(`${address} is not JSON`);
  }
}
