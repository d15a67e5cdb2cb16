// Has every call judged: who calls is told by the access key, which each function has for itself.
import { ACCOUNT_ID, REGION } from '../gateway/aws-names';
import type { Clock } from '../model';
import type { ApiCall, Judge } from './api-call';

export type Caller = Pick<ApiCall, 'functionId' | 'roleId' | 'principalArn' | 'policies'> & {
  /** `arn:aws:iam::…`: the role's or the user's own. */
  identityArn: string;
};

export type Request = Pick<ApiCall, 'action' | 'resource' | 'resourcePolicy'> &
  Partial<Pick<ApiCall, 'context'>>;

export class Guard {
  /** @param callers by access key id */
  constructor(
    private readonly callers: ReadonlyMap<string, Caller>,
    private readonly judge: Judge,
    private readonly clock: Clock,
  ) {}

  callerOf(accessKeyId: string | undefined): Caller | undefined {
    return accessKeyId === undefined ? undefined : this.callers.get(accessKeyId);
  }

  /** Why the first of the requests that may not be made is refused, in AWS's words. */
  async refusal(caller: Caller, requests: Request[]): Promise<string | undefined> {
    for (const request of requests) {
      if (await this.allows(caller, request)) continue;
      const { action, resource } = request;
      return `User: ${caller.principalArn} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
    }
    return undefined;
  }

  private async allows(caller: Caller, { context, ...request }: Request): Promise<boolean> {
    const { identityArn, ...principal } = caller;
    return this.judge({
      ...principal,
      ...request,
      context: { ...this.globalContext(identityArn, principal), ...context },
    });
  }

  /** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html, as far as it is known here. */
  private globalContext(identityArn: string, { functionId, principalArn }: Omit<Caller, 'identityArn'>) {
    const now = new Date(this.clock.now());
    return {
      'aws:CurrentTime': now.toISOString(),
      'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
      'aws:PrincipalAccount': ACCOUNT_ID,
      'aws:PrincipalArn': identityArn,
      'aws:PrincipalType': principalArn.includes(':assumed-role/') ? 'AssumedRole' : 'User',
      'aws:RequestedRegion': REGION,
      // As on AWS, where every call comes by TLS.
      'aws:SecureTransport': 'true',
      ...(functionId !== undefined && { 'aws:ViaAWSService': 'false' }),
    };
  }
}
