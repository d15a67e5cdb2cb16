// The one call of Secrets Manager that handlers make, for tests of a handler alone.
import { answering, type Loopback } from './loopback';

export interface SecretsManager extends Loopback {
  /** By version stage. */
  versions: { AWSCURRENT?: string; AWSPREVIOUS?: string };
  isDown: boolean;
}

export async function startSecretsManager(): Promise<SecretsManager> {
  const error = (name: string) => ({ status: 400, body: { __type: name, message: name } });
  const server = await answering(({ headers }, body) => {
    if (service.isDown) return error('InvalidRequestException');
    if (headers['x-amz-target'] !== 'secretsmanager.GetSecretValue')
      return error('UnknownOperationException');
    const { SecretId, VersionStage } = JSON.parse(body);
    const value = service.versions[VersionStage as 'AWSCURRENT'];
    return value === undefined
      ? error('ResourceNotFoundException')
      : { body: { ARN: SecretId, SecretString: value, VersionStages: [VersionStage] } };
  });
  const service: SecretsManager = Object.assign(server, { versions: {}, isDown: false });
  return service;
}
