// The packages as they are published, made away from the sources: what jsii writes beside those would be found first.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import packageJson from '../../package.json';

export const repo = resolve(__dirname, '..', '..');

/** Runs a command to its end and gives what it printed; throws with all of it where it fails. */
export function run(cwd: string, command: string, args: string[], env: NodeJS.ProcessEnv = {}): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd,
    // CloudFormation's validation takes two seconds a synthesis and changes nothing of what is synthesized.
    env: { ...process.env, CDK_VALIDATION: 'false', ...env },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: exit code ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** Versions of what the construct library needs beside it. */
export type Peers = Record<keyof typeof packageJson.peerDependencies, string>;

/** The lowest that the package takes; what is published is compiled against them. */
export const floor: Peers = {
  'aws-cdk-lib': packageJson.peerDependencies['aws-cdk-lib'].replace(/^\^/, ''),
  constructs: packageJson.peerDependencies.constructs.replace(/^\^/, ''),
};

/** Those that are developed and tested with: the newest, as of the last update of the dependencies. */
export const developedWith: Peers = {
  'aws-cdk-lib': packageJson.devDependencies['aws-cdk-lib'],
  constructs: packageJson.devDependencies.constructs,
};

/** Installs packages, by name and version or path, into a folder of their own. */
export function install(folder: string, dependencies: Record<string, string>) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'consumer', private: true, dependencies }),
  );
  const quietly = ['--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  run(folder, 'npm', ['install', ...quietly]);
}

/** The sources of the construct library, compiled beside these versions of its peers. */
export function compile(folder: string, peers: Peers) {
  layModules(folder, peers);
  const isOutput = (path: string) => path.startsWith(join(repo, 'lib')) && /\.(js|d\.ts)$/.test(path);
  for (const each of ['lib', 'lambda/dist', 'rosetta', 'tsconfig.json', 'README.md', 'LICENSE']) {
    cpSync(join(repo, each), join(folder, each), {
      recursive: true,
      filter: (path: string) => !isOutput(path),
    });
  }
  const manifest = { ...packageJson, devDependencies: { ...packageJson.devDependencies, ...peers } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest, undefined, 2));
  run(folder, jsiiTool('jsii'), []);
}

/** A command of the tools that are installed here. */
export const jsiiTool = (name: string): string => join(repo, 'node_modules', '.bin', name);

/** The repository's own modules, but for the peers where other versions are wanted. */
function layModules(folder: string, peers: Peers) {
  const modules = join(folder, 'node_modules');
  mkdirSync(folder, { recursive: true });
  if (isDeepStrictEqual(peers, developedWith)) {
    symlinkSync(join(repo, 'node_modules'), modules);
    return;
  }
  install(folder, peers);
  for (const name of readdirSync(join(repo, 'node_modules'))) {
    if (!existsSync(join(modules, name))) symlinkSync(join(repo, 'node_modules', name), join(modules, name));
  }
}

/** Packs what is in a folder as npm would publish it. */
export function pack(folder: string, into = folder): { tarball: string; paths: string[] } {
  const packed = run(folder, 'npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', into]);
  const [{ filename, files }] = JSON.parse(packed);
  return { tarball: join(into, filename), paths: files.map(({ path }: { path: string }) => path) };
}
