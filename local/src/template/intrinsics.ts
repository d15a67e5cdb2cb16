// CloudFormation's intrinsic functions, as far as a template that can be played needs them.
import { CannotPlay } from '../cannot-play';
import { ACCOUNT_ID, arn, domainName, REGION } from '../gateway/aws-names';
import type { Resource, Template } from './assembly';
import type { IsIgnored } from './ignored-types';

const PSEUDO_PARAMETERS: Record<string, unknown> = {
  'AWS::Region': REGION,
  'AWS::AccountId': ACCOUNT_ID,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::NoValue': undefined,
};

/** Where a template may say what a resource is called. */
const NAME_PROPERTIES: Record<string, string> = {
  'AWS::IAM::ManagedPolicy': 'ManagedPolicyName',
  'AWS::IAM::Role': 'RoleName',
  'AWS::KMS::Alias': 'AliasName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SecretsManager::Secret': 'Name',
};

type Evaluate = (argument: never, at: string) => unknown;

export class Intrinsics {
  private readonly functions = new Map<string, Evaluate>(
    Object.entries<Evaluate>({
      Ref: (name: string, at) => this.ref(name, at),
      'Fn::GetAtt': (argument: string | [string, string], at) => {
        const [logicalId, ...attribute] = typeof argument === 'string' ? argument.split('.') : argument;
        return this.attribute(logicalId, attribute.join('.'), at);
      },
      'Fn::Join': ([separator, parts]: [string, unknown], at) =>
        (this.resolve(parts, at) as unknown[]).map(String).join(separator),
      'Fn::Sub': (argument: string | [string, Record<string, unknown>], at) => this.sub(argument, at),
      'Fn::Select': ([index, list]: [unknown, unknown], at) => this.select(index, list, at),
      'Fn::Split': ([separator, text]: [string, unknown], at) =>
        String(this.resolve(text, at)).split(separator),
      'Fn::If': ([condition, then, otherwise]: [string, unknown, unknown], at) =>
        this.resolve(this.condition(condition, at) ? then : otherwise, at),
      'Fn::FindInMap': (path: unknown[], at) => this.findInMap(path, at),
    }),
  );

  private readonly conditionFunctions = new Map<string, Evaluate>(
    Object.entries<Evaluate>({
      'Fn::Equals': ([a, b]: [unknown, unknown], at) =>
        String(this.resolve(a, at)) === String(this.resolve(b, at)),
      'Fn::And': (all: unknown[], at) => all.every((each) => this.resolve(each, at)),
      'Fn::Or': (all: unknown[], at) => all.some((each) => this.resolve(each, at)),
      'Fn::Not': ([one]: [unknown], at) => !this.resolve(one, at),
      Condition: (name: string, at) => this.condition(name, at),
    }),
  );

  /** @param isIgnored resource types of which only the names are known */
  constructor(
    private readonly template: Template,
    private readonly stackName: string,
    private readonly isIgnored: IsIgnored,
  ) {}

  /**
   * @param at where the value stands, for the error: `SignalingStage.StageName`
   * @throws CannotPlay on what is not played
   */
  resolve(value: unknown, at: string): unknown {
    if (Array.isArray(value)) {
      return value.map((item, i) => this.resolve(item, `${at}[${i}]`)).filter((item) => item !== undefined);
    }
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value as Record<string, unknown>);
    const [name, argument] = entries.length === 1 ? entries[0] : [''];
    const evaluate =
      this.functions.get(name) ?? (isCondition(at) ? this.conditionFunctions.get(name) : undefined);
    if (evaluate) return this.evaluate(evaluate, name, argument, at);
    if (name.startsWith('Fn::')) throw new CannotPlay([`${at}: cannot play the intrinsic function ${name}`]);
    return Object.fromEntries(
      entries
        .map(([key, inner]) => [key, this.resolve(inner, `${at}.${key}`)] as const)
        // AWS::NoValue takes the whole property away.
        .filter(([, inner]) => inner !== undefined),
    );
  }

  private evaluate(evaluate: Evaluate, name: string, argument: unknown, at: string): unknown {
    try {
      return evaluate(argument as never, at);
    } catch (error) {
      if (error instanceof CannotPlay) throw error;
      // A list where there is none, a name that refers to itself: CloudFormation would refuse the template.
      throw new CannotPlay([`${at}: cannot evaluate ${name} of ${JSON.stringify(argument)}`]);
    }
  }

  /** Whether a resource is in the stack at all. */
  isPresent({ Condition }: Resource, at: string): boolean {
    return Condition === undefined || this.condition(Condition, at);
  }

  /** What a resource is called where it has a name to be called by; of the rest, the logical id. */
  physicalName(logicalId: string, at: string): string {
    const { Type, Properties = {} } = this.resource(logicalId, at);
    const given = (property: string) =>
      this.resolve(Properties[property], `${logicalId}.${property}`) as string | undefined;
    if (Type === 'AWS::ApiGatewayV2::Api') return apiIdOf(logicalId);
    if (Type.startsWith('AWS::DynamoDB::')) return given('TableName') ?? `${this.stackName}-${logicalId}`;
    const property = NAME_PROPERTIES[Type];
    return (property && given(property)) ?? logicalId;
  }

  /** Secrets Manager appends six characters of its own to the name: here the same at every start. */
  secretArn(logicalId: string, at: string): string {
    const name = this.physicalName(logicalId, at);
    return arn('secretsmanager', `secret:${name}-${hashOf(logicalId).slice(-6)}`);
  }

  private ref(name: string, at: string): unknown {
    if (name in PSEUDO_PARAMETERS) return PSEUDO_PARAMETERS[name];
    if (name === 'AWS::StackName') return this.stackName;
    if (name === 'AWS::StackId') {
      return `arn:aws:cloudformation:${REGION}:${ACCOUNT_ID}:stack/${this.stackName}/local`;
    }
    const parameter = this.template.Parameters?.[name];
    if (!parameter) {
      const { Type } = this.resource(name, at);
      // Most are referred to by their name, these by their ARN.
      if (Type === 'AWS::SecretsManager::Secret' && !this.isIgnored(Type)) return this.secretArn(name, at);
      const physicalName = this.physicalName(name, at);
      return Type === 'AWS::IAM::ManagedPolicy'
        ? `arn:aws:iam::${ACCOUNT_ID}:policy/${physicalName}`
        : physicalName;
    }
    const { Type, Default } = parameter;
    if (Type.startsWith('AWS::SSM::')) {
      throw new CannotPlay([
        `${at}: cannot play the parameter ${name}, whose value is in the Parameter Store`,
      ]);
    }
    if (Default === undefined) throw new CannotPlay([`${at}: the parameter ${name} has no default`]);
    return /^(CommaDelimitedList|List<.*>)$/.test(Type)
      ? String(Default)
          .split(',')
          .map((item) => item.trim())
      : Default;
  }

  private attribute(logicalId: string, attribute: string, at: string): string {
    const { Type } = this.resource(logicalId, at);
    if (this.isIgnored(Type)) return `${logicalId}.${attribute}`;
    const name = this.physicalName(logicalId, at);
    switch (`${Type}.${attribute}`) {
      case 'AWS::Lambda::Function.Arn':
        return arn('lambda', `function:${name}`);
      case 'AWS::DynamoDB::GlobalTable.Arn':
      case 'AWS::DynamoDB::Table.Arn':
        return arn('dynamodb', `table/${name}`);
      case 'AWS::IAM::Role.Arn':
        return `arn:aws:iam::${ACCOUNT_ID}:role/${name}`;
      case 'AWS::Logs::LogGroup.Arn':
        return arn('logs', `log-group:${name}:*`);
      case 'AWS::KMS::Key.Arn':
        return arn('kms', `key/${name}`);
      case 'AWS::KMS::Key.KeyId':
        return name;
      case 'AWS::SecretsManager::Secret.Id':
        return this.secretArn(logicalId, at);
      case 'AWS::ApiGatewayV2::Api.ApiId':
        return name;
      case 'AWS::ApiGatewayV2::Api.ApiEndpoint':
        return `wss://${domainName(name)}`;
    }
    throw new CannotPlay([`${at}: cannot play the attribute ${attribute} of ${logicalId} (${Type})`]);
  }

  private sub(argument: string | [string, Record<string, unknown>], at: string): string {
    const [text, variables] = typeof argument === 'string' ? [argument, {}] : argument;
    return text.replace(/\$\{(!?)([^}]+)\}/g, (_match, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (name in variables) return String(this.resolve(variables[name], at));
      const [logicalId, ...attribute] = name.split('.');
      return attribute.length > 0
        ? this.attribute(logicalId, attribute.join('.'), at)
        : String(this.ref(name, at));
    });
  }

  private select(index: unknown, list: unknown, at: string): unknown {
    const items = this.resolve(list, at) as unknown[];
    const item = items[Number(this.resolve(index, at))];
    if (item === undefined) {
      throw new CannotPlay([`${at}: nothing at ${JSON.stringify(index)} of ${JSON.stringify(items)}`]);
    }
    return item;
  }

  private findInMap(path: unknown[], at: string): unknown {
    const [map, key, name] = path.map((part) => String(this.resolve(part, at)));
    const found = this.template.Mappings?.[map]?.[key]?.[name];
    if (found === undefined) throw new CannotPlay([`${at}: nothing in the mapping ${map} at ${key}.${name}`]);
    return found;
  }

  private condition(name: string, at: string): boolean {
    const conditions = this.template.Conditions ?? {};
    if (!(name in conditions)) throw new CannotPlay([`${at}: no condition ${name} in the template`]);
    return Boolean(this.resolve(conditions[name], `Conditions.${name}`));
  }

  private resource(logicalId: string, at: string): Resource {
    const resource = this.template.Resources?.[logicalId];
    if (!resource) throw new CannotPlay([`${at}: no resource or parameter ${logicalId} in the template`]);
    return resource;
  }
}

/** Only there are the functions of conditions functions. */
function isCondition(at: string): boolean {
  return at.startsWith('Conditions.');
}

/** Ten lower-case letters and digits, as API Gateway's, and the same at every start. */
function apiIdOf(logicalId: string): string {
  return hashOf(logicalId).slice(0, 10);
}

/** FNV-1a of 64 bits in lower-case letters and digits, at least ten. */
function hashOf(logicalId: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const character of logicalId) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(character.codePointAt(0)!)) * 0x100000001b3n);
  }
  return hash.toString(36).padStart(10, '0');
}
