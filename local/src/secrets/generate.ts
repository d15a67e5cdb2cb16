// What CloudFormation makes of a secret's GenerateSecretString.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-secretsmanager-secret-generatesecretstring.html
import { randomInt } from 'node:crypto';
import { CannotPlay } from '../cannot-play';

export interface GenerateSecretString {
  ExcludeCharacters?: string;
  ExcludeLowercase?: boolean;
  ExcludeNumbers?: boolean;
  ExcludePunctuation?: boolean;
  ExcludeUppercase?: boolean;
  /** Under which name the password is added to `SecretStringTemplate`. */
  GenerateStringKey?: string;
  IncludeSpace?: boolean;
  PasswordLength?: number;
  RequireEachIncludedType?: boolean;
  /** JSON of an object. */
  SecretStringTemplate?: string;
}

const LOWERCASE = 'abcdefghijklmnopqrstuvwxyz';
const NUMBERS = '0123456789';
const PUNCTUATION = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';
const LONGEST = 4096;

/** @throws CannotPlay where no such secret can be made */
export function generateSecretString(options: GenerateSecretString, at: string): string {
  const { GenerateStringKey: key, SecretStringTemplate: template } = options;
  if ((key === undefined) !== (template === undefined)) {
    throw new CannotPlay([`${at}: expected GenerateStringKey and SecretStringTemplate together`]);
  }
  const password = generatePassword(options, at);
  if (key === undefined || template === undefined) return password;
  return JSON.stringify({ ...parseObject(template, at), [key]: password });
}

function generatePassword(options: GenerateSecretString, at: string): string {
  const { PasswordLength: length = 32, RequireEachIncludedType: eachType = true } = options;
  const types = [
    options.ExcludeLowercase ? '' : LOWERCASE,
    options.ExcludeUppercase ? '' : LOWERCASE.toUpperCase(),
    options.ExcludeNumbers ? '' : NUMBERS,
    options.ExcludePunctuation ? '' : PUNCTUATION,
    options.IncludeSpace ? ' ' : '',
  ]
    .map((type) => [...type].filter((character) => !options.ExcludeCharacters?.includes(character)))
    .filter((characters) => characters.length > 0);
  const least = Math.max(1, eachType ? types.length : 0);
  if (types.length === 0) throw new CannotPlay([`${at}: every character is excluded`]);
  if (!(Number.isInteger(Number(length)) && Number(length) >= least && Number(length) <= LONGEST)) {
    throw new CannotPlay([
      `${at}.PasswordLength ${String(length)}: expected a whole number from ${least} to ${LONGEST}`,
    ]);
  }
  const password = eachType ? types.map(pick) : [];
  while (password.length < Number(length)) password.push(pick(types.flat()));
  return shuffle(password).join('');
}

function parseObject(template: string, at: string): object {
  let value: unknown;
  try {
    value = JSON.parse(template);
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new CannotPlay([`${at}.SecretStringTemplate: expected the JSON of an object`]);
}

function pick(characters: string[]): string {
  return characters[randomInt(characters.length)];
}

/** Those of the required types were put first. */
function shuffle<T>(items: T[]): T[] {
  for (let i = items.length - 1; i > 0; i -= 1) {
    const j = randomInt(i + 1);
    [items[i], items[j]] = [items[j], items[i]];
  }
  return items;
}
