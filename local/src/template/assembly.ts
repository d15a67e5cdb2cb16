// A cloud assembly, as `cdk synth` leaves it in cdk.out: manifest, templates, assets.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CannotPlay } from '../cannot-play';

export interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
  Condition?: string;
}

export interface Template {
  Resources?: Record<string, Resource>;
  Parameters?: Record<string, { Type: string; Default?: unknown }>;
  Conditions?: Record<string, unknown>;
  Mappings?: Record<string, Record<string, Record<string, unknown>>>;
}

export interface StackAssembly {
  stackName: string;
  template: Template;
  /** The folder of an asset, by the S3 key that the template has for it. */
  assetFolder(objectKey: string): string | undefined;
}

interface Artifact {
  type: string;
  displayName?: string;
  properties?: { templateFile?: string; stackName?: string; file?: string };
}

interface AssetManifest {
  files?: Record<
    string,
    { source: { path?: string; packaging?: string }; destinations: Record<string, { objectKey: string }> }
  >;
}

/**
 * @param stack name or artifact id of the stack; may be left out where there is only one
 * @throws CannotPlay where there is no assembly, or not the stack
 */
export function openAssembly(assembly: string, stack?: string): StackAssembly {
  const manifestFile = join(assembly, 'manifest.json');
  if (!existsSync(manifestFile)) {
    throw new CannotPlay([
      `no cloud assembly in ${assembly}: expected the folder that \`cdk synth\` writes (cdk.out)`,
    ]);
  }
  const { artifacts = {} } = readJson(manifestFile) as { artifacts?: Record<string, Artifact> };
  const stacks = Object.entries(artifacts)
    .filter(([, artifact]) => artifact.type === 'aws:cloudformation:stack')
    .map(([id, artifact]) => ({
      id,
      stackName: artifact.properties?.stackName ?? id,
      displayName: artifact.displayName ?? id,
      templateFile: artifact.properties!.templateFile!,
    }));
  const chosen = stacks.filter(
    ({ id, stackName, displayName }) => stack === undefined || [id, stackName, displayName].includes(stack),
  );
  if (chosen.length !== 1) {
    const names = stacks.map(({ stackName }) => stackName).join(', ') || 'none';
    throw new CannotPlay([
      stack === undefined
        ? `${stacks.length} stacks in ${assembly} (${names}): choose one with --stack`
        : `no stack ${stack} in ${assembly}: expected one of ${names}`,
    ]);
  }
  const [{ stackName, templateFile }] = chosen;
  const folders = new Map<string, string>();
  for (const { type, properties } of Object.values(artifacts)) {
    if (type !== 'cdk:asset-manifest') continue;
    const { files = {} } = readJson(join(assembly, properties!.file!)) as AssetManifest;
    for (const { source, destinations } of Object.values(files)) {
      if (source.packaging !== 'zip') continue;
      for (const { objectKey } of Object.values(destinations))
        folders.set(objectKey, join(assembly, source.path!));
    }
  }
  return {
    stackName,
    template: readJson(join(assembly, templateFile)) as Template,
    assetFolder: (objectKey) => folders.get(objectKey),
  };
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
