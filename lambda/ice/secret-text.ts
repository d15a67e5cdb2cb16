import { Unavailable } from './unavailable';

/** What a secret holds. Whoever has no secret never loads the client that reads it. */
export async function secretText(arn: string, field?: string): Promise<string> {
  const { readSecret } = await import('../aws/secrets');
  const text = await readSecret(arn);
  if (!text) throw new Unavailable('the secret has no text');
  return field === undefined ? text : fieldOf(text, field);
}

function fieldOf(text: string, field: string): string {
  let value: unknown;
  try {
    value = (JSON.parse(text) as Record<string, unknown> | null)?.[field];
  } catch {
    throw new Unavailable('the secret is no JSON object');
  }
  if (typeof value !== 'string' || value === '') throw new Unavailable(`the secret has no field ${field}`);
  return value;
}
