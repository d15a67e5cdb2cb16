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
  Parameters?: Record<string, { Type: string; Default?: string | number }>;
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
  properties?: { templateFile?: string; stackName?: string; file?: string; directoryName?: string };
}

interface AssetManifest {
  files?: Record<
    string,
    { source: { path?: string; packaging?: string }; destinations: Record<string, { objectKey: string }> }
  >;
}

interface StackArtifact {
  id: string;
  /** As `cdk ls` names it: `Stage/Stack`. */
  displayName: string;
  stackName: string;
  templateFile: string;
  /** Of the assembly that the stack is in, which is a stage's own where there are stages. */
  folder: string;
}

/**
 * @param stack name or artifact id of the stack; may be left out where there is only one
 * @throws CannotPlay where there is no assembly, or not the stack
 */
export function openAssembly(assembly: string, stack?: string): StackAssembly {
  if (!existsSync(join(assembly, 'manifest.json'))) {
    throw new CannotPlay([
      `no cloud assembly in ${assembly}: expected the folder that \`cdk synth\` writes (cdk.out)`,
    ]);
  }
  const stacks = stacksIn(assembly);
  const names = stacks.map(({ displayName }) => displayName).join(', ') || 'none';
  const chosen = stacks.filter(
    ({ id, stackName, displayName }) => stack === undefined || [id, stackName, displayName].includes(stack),
  );
  if (chosen.length !== 1) {
    throw new CannotPlay([
      stack !== undefined && chosen.length === 0
        ? `no stack ${stack} in ${assembly}: expected one of ${names}`
        : `${chosen.length} stacks${stack === undefined ? '' : ` ${stack}`} in ${assembly} (${names}): choose one with --stack`,
    ]);
  }
  const [{ stackName, templateFile, folder }] = chosen;
  const folders = assetFolders(folder);
  return {
    stackName,
    template: readJson(join(folder, templateFile)) as Template,
    assetFolder: (objectKey) => folders.get(objectKey),
  };
}

function stacksIn(folder: string): StackArtifact[] {
  return Object.entries(artifactsIn(folder)).flatMap(([id, { type, displayName, properties = {} }]) => {
    if (type === 'cdk:cloud-assembly') return stacksIn(join(folder, properties.directoryName!));
    if (type !== 'aws:cloudformation:stack') return [];
    const { stackName = id, templateFile } = properties;
    return [{ id, displayName: displayName ?? id, stackName, templateFile: templateFile!, folder }];
  });
}

function assetFolders(folder: string): Map<string, string> {
  const folders = new Map<string, string>();
  for (const { type, properties } of Object.values(artifactsIn(folder))) {
    if (type !== 'cdk:asset-manifest') continue;
    const { files = {} } = readJson(join(folder, properties!.file!)) as AssetManifest;
    for (const { source, destinations } of Object.values(files)) {
      // A folder, which deployment zips; what was a zip before, or is yet to be built, has none.
      if (source.packaging !== 'zip' || source.path === undefined) continue;
      for (const { objectKey } of Object.values(destinations)) {
        folders.set(objectKey, join(folder, source.path));
      }
    }
  }
  return folders;
}

function artifactsIn(folder: string): Record<string, Artifact> {
  const { artifacts = {} } = readJson(join(folder, 'manifest.json')) as {
    artifacts?: Record<string, Artifact>;
  };
  return artifacts;
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CannotPlay([`cannot read ${file}: ${(error as Error).message}`]);
  }
}
