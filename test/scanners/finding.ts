// What a scanner found, and whether it is explained: where it is made, by an acknowledgement that the construct itself
// carries; or in exceptions.ts.
import { CfnResource, type Stack, Validations } from 'aws-cdk-lib';
import { exceptions } from './exceptions';

export type Scanner = 'AwsSolutions' | 'NIST.800.53.R5' | 'cdk-validator-cfnguard' | 'cfn-lint' | 'checkov';

export interface Finding {
  readonly scanner: Scanner;
  readonly rule: string;
  /** Construct path below the stack: `Signaling/ConnectRoute`. */
  readonly resource: string;
}

export interface Explained extends Finding {
  /** Absent: nobody has explained it. */
  readonly reason?: string;
}

export interface Exception {
  readonly scanner: Scanner;
  /** The whole rule. */
  readonly rule: RegExp;
  /** The whole resource. */
  readonly resource: RegExp;
  readonly reason: string;
}

/** The construct path of each resource, by its path with `Resource` and by its logical id. */
export class Resources {
  private readonly all: { path: string; id: string; resource: CfnResource }[];

  constructor(private readonly stack: Stack) {
    this.all = stack.node
      .findAll()
      .filter((each) => CfnResource.isCfnResource(each))
      .map((resource) => ({
        path: resource.node.path,
        id: stack.resolve(resource.logicalId) as string,
        resource,
      }));
  }

  /** @param name construct path or logical id, as the scanner has it; absent: of the template as a whole */
  explain(scanner: Scanner, rule: string, name: string | undefined): Explained {
    const found = this.all.find(({ path, id }) => path === name || id === name);
    if (name !== undefined && !found)
      throw new Error(`${scanner} found ${rule} in ${name}: no such resource`);
    const finding = { scanner, rule, resource: found ? this.below(found.path) : 'template' };
    return { ...finding, reason: acknowledged(found?.resource, `${scanner}::${rule}`) ?? reasonOf(finding) };
  }

  private below(path: string): string {
    return path.slice(this.stack.node.path.length + 1).replace(/\/Resource$/, '');
  }
}

function acknowledged(resource: CfnResource | undefined, id: string): string | undefined {
  return resource?.node.scopes
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .map(({ data }) => (data as Record<string, string>)[id])
    .find((reason) => reason !== undefined);
}

function reasonOf(finding: Finding): string | undefined {
  return exceptions.find((exception) => covers(exception, finding))?.reason;
}

export function covers(exception: Exception, finding: Finding): boolean {
  const whole = (pattern: RegExp, text: string) => pattern.exec(text)?.[0] === text;
  return (
    exception.scanner === finding.scanner &&
    whole(exception.rule, finding.rule) &&
    whole(exception.resource, finding.resource)
  );
}
