// One secret and its versions. A staging label names one version of it at a time.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html
import { randomUUID } from 'node:crypto';
import type { SecretModel } from '../model';
import { AwsError } from '../aws-error';

/** What a version holds, as the API has it: text, or bytes in base64. */
export interface SecretContent {
  SecretString?: string;
  SecretBinary?: string;
}

interface Version extends SecretContent {
  /** Unix seconds. */
  createdDate: number;
  stages: Set<string>;
}

export class Secret {
  private readonly versions = new Map<string, Version>();

  constructor(
    readonly model: SecretModel,
    readonly createdDate: number,
  ) {
    if (model.secretString !== undefined) {
      this.put({ SecretString: model.secretString }, randomUUID(), ['AWSCURRENT'], createdDate);
    }
  }

  /** @throws AwsError */
  get(versionId: string | undefined, stage: string | undefined) {
    const [id, version] =
      versionId === undefined
        ? (this.atStage(stage ?? 'AWSCURRENT') ?? [])
        : [versionId, this.versions.get(versionId)];
    if (id === undefined || !version) {
      throw new AwsError(
        'ResourceNotFoundException',
        `Secrets Manager can't find the specified secret value for ${
          versionId === undefined ? `staging label: ${stage ?? 'AWSCURRENT'}` : `VersionId: ${versionId}`
        }`,
      );
    }
    if (versionId !== undefined && stage !== undefined && !version.stages.has(stage)) {
      throw new AwsError(
        'InvalidRequestException',
        'You provided a VersionStage that is not associated to the provided VersionId.',
      );
    }
    const { SecretString, SecretBinary, createdDate, stages } = version;
    return {
      ...this.names,
      VersionId: id,
      SecretString,
      SecretBinary,
      VersionStages: [...stages],
      CreatedDate: createdDate,
    };
  }

  /**
   * Adds a version; where it is to be the current one, the one that was becomes the previous.
   * @throws AwsError where there is a version of this id with another content
   */
  put({ SecretString, SecretBinary }: SecretContent, id: string, stages: string[], now: number) {
    const present = this.versions.get(id);
    if (present && (present.SecretString !== SecretString || present.SecretBinary !== SecretBinary)) {
      throw new AwsError(
        'ResourceExistsException',
        "You can't modify an existing version, you can only create a new version.",
      );
    }
    const version = present ?? { SecretString, SecretBinary, createdDate: now, stages: new Set() };
    this.versions.set(id, version);
    const [, current] = this.atStage('AWSCURRENT') ?? [];
    if (stages.includes('AWSCURRENT') && current && current !== version) this.label(current, 'AWSPREVIOUS');
    for (const stage of stages) this.label(version, stage);
    return { ...this.names, VersionId: id, VersionStages: [...version.stages] };
  }

  describe() {
    const { description, kmsKeyId } = this.model;
    const labelled = [...this.versions].filter(([, { stages }]) => stages.size > 0);
    return {
      ...this.names,
      Description: description,
      KmsKeyId: kmsKeyId,
      CreatedDate: this.createdDate,
      VersionIdsToStages: Object.fromEntries(labelled.map(([id, { stages }]) => [id, [...stages]])),
    };
  }

  private get names() {
    return { ARN: this.model.arn, Name: this.model.name };
  }

  private atStage(stage: string) {
    return [...this.versions].find(([, { stages }]) => stages.has(stage));
  }

  private label(version: Version, stage: string) {
    for (const each of this.versions.values()) each.stages.delete(stage);
    version.stages.add(stage);
  }
}
