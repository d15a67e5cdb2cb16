// `npm run test:languages`: makes the package for each language, then has an app in that language, in a folder of its
// own, install it and synthesize a stack; its template must be TypeScript's, the hashes of the assets included.
// `npm run test:languages python go` tries these alone.
//
// Python and Java run on the lowest version of aws-cdk-lib that the package takes, Go on the one it is developed with (not
// every module that the lowest needs can be had for Go), each beside TypeScript on the same. Downloads stay in each tool's own cache, Maven's in
// ~/.cache/cdk-webrtc-signaling, so that no package made here gets among those of other projects.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import packageJson from '../../../package.json';
import {
  compile,
  developedWith,
  floor,
  install,
  jsiiTool,
  pack,
  type Peers,
  repo,
  run,
} from '../../support/published';

const { version, name } = packageJson;
const { go } = packageJson.jsii.targets;
const sources = join(repo, 'test', 'heavy', 'languages');
const root = mkdtempSync(join(tmpdir(), 'languages-'));
const mavenRepository = join(homedir(), '.cache', 'cdk-webrtc-signaling', 'maven');

/** The folder of one language's app, its sources laid in it. */
function appFolder(language: string): string {
  const folder = join(root, 'consumers', language);
  mkdirSync(folder, { recursive: true });
  cpSync(join(sources, language), folder, { recursive: true });
  return folder;
}

/** Makes the package of a language; gives the folder it is in. */
function pacmak(library: string, target: string, ...options: string[]): string {
  run(library, jsiiTool('jsii-pacmak'), ['--targets', target, ...options]);
  return join(library, 'dist', target);
}

interface Language {
  peers: Peers;
  /** Makes the package of the library, compiled in a folder, and has the app synthesize into the folder `out`. */
  synthesize: (library: string, out: string) => void;
}

const typescript = (peers: Peers): Language => ({
  peers,
  synthesize(library, out) {
    const folder = appFolder('typescript');
    install(folder, { ...peers, [name]: `file:${pack(library).tarball}` });
    run(folder, jsiiTool('tsx'), ['app.ts', out]);
  },
});

const languages: Record<string, Language> = {
  python: {
    peers: floor,
    synthesize(library, out) {
      const wheel = join(pacmak(library, 'python'), `cdk_webrtc_signaling-${version}-py3-none-any.whl`);
      const folder = appFolder('python');
      run(folder, 'python3', ['-m', 'venv', '.venv']);
      const pinned = [`aws-cdk-lib==${floor['aws-cdk-lib']}`, `constructs==${floor.constructs}`];
      run(folder, '.venv/bin/pip', ['install', '--quiet', '--disable-pip-version-check', wheel, ...pinned]);
      run(folder, '.venv/bin/python', ['app.py', out]);
    },
  },

  java: {
    peers: floor,
    synthesize(library, out) {
      fetchJavaDependencies();
      const made = pacmak(library, 'java', '--maven-local-repository', mavenRepository);
      // It lies in the layout of a repository: laid over, it is installed.
      cpSync(made, mavenRepository, { recursive: true });
      maven(appFolder('java'), [
        'compile',
        'org.codehaus.mojo:exec-maven-plugin:3.5.0:java',
        '-Dexec.mainClass=consumer.Main',
        `-Dexec.args=${out}`,
        `-Dsignaling.version=${version}`,
        `-Dcdk.version=${floor['aws-cdk-lib']}`,
        `-Dconstructs.version=${floor.constructs}`,
      ]);
    },
  },

  go: {
    peers: developedWith,
    synthesize(library, out) {
      const made = join(pacmak(library, 'go', '--code-only'), 'cdkwebrtcsignaling');
      const folder = appFolder('go');
      const module = `${go.moduleName}/cdkwebrtcsignaling`;
      const edits = [`-replace=${module}=${made}`, `-require=${module}@v${version}`];
      run(folder, 'go', ['mod', 'init', 'consumer']);
      run(folder, 'go', ['mod', 'edit', ...edits]);
      run(folder, 'go', ['mod', 'tidy']);
      const used = run(folder, 'go', ['list', '-m', 'github.com/aws/aws-cdk-go/awscdk/v2']).trim();
      if (!used.endsWith(` v${developedWith['aws-cdk-lib']}`)) throw new Error(`go took ${used}`);
      run(folder, 'go', ['run', '.', out]);
    },
  },
};

function maven(folder: string, args: string[]) {
  run(folder, 'mvn', ['--batch-mode', '--quiet', `-Dmaven.repo.local=${mavenRepository}`, ...args]);
}

/**
 * The generated project asks for ranges of versions, which Maven answers with the newest that it finds listed. Each
 * listing that it finds here has one version, so that the package is built on what the other languages are, too.
 */
function fetchJavaDependencies() {
  const { 'jsii-pacmak': jsii } = packageJson.devDependencies;
  const dependencies = [
    ['software.amazon.awscdk', 'aws-cdk-lib', floor['aws-cdk-lib']],
    ['software.constructs', 'constructs', floor.constructs],
    ['software.amazon.jsii', 'jsii-runtime', jsii],
  ];
  for (const [group, artifact, exact] of dependencies) {
    maven(root, ['dependency:get', `-Dartifact=${group}:${artifact}:${exact}`]);
    const versions = `<versioning><versions><version>${exact}</version></versions></versioning>`;
    writeFileSync(
      join(mavenRepository, ...group.split('.'), artifact, 'maven-metadata-local.xml'),
      `<metadata><groupId>${group}</groupId><artifactId>${artifact}</artifactId>${versions}</metadata>\n`,
    );
  }
}

/** .NET has no consumer here: its package is compiled where the SDK is, and written as code elsewhere. */
function dotnet(library: string): string {
  const sdk = spawnSync('dotnet', ['--version'], { encoding: 'utf8' });
  if (sdk.status === 0) {
    pacmak(library, 'dotnet');
    return `compiled with the .NET SDK ${sdk.stdout.trim()}, no app run`;
  }
  pacmak(library, 'dotnet', '--code-only');
  return 'code generated, not compiled: there is no .NET SDK on this machine';
}

function templateIn(out: string) {
  return JSON.parse(readFileSync(join(out, 'Consumer.template.json'), 'utf8'));
}

/** Where two values differ, one line a leaf. */
function differences(expected: any, actual: any, path = ''): string[] {
  if (isDeepStrictEqual(expected, actual)) return [];
  if (typeof expected === 'object' && typeof actual === 'object' && expected && actual) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(actual)]);
    return [...keys].flatMap((key) => differences(expected[key], actual[key], `${path}/${key}`));
  }
  return [`  ${path}: ${JSON.stringify(actual)}, in TypeScript ${JSON.stringify(expected)}`];
}

const started = Date.now();
const report = (line: string) => console.log(`${line} (${Math.round((Date.now() - started) / 1000)} s)`);

const libraries = new Map<string, { library: string; expected: any }>();

/** The library compiled beside these peers, and the template that TypeScript has for them; made once. */
function libraryWith(peers: Peers) {
  const cdk = peers['aws-cdk-lib'];
  const made = libraries.get(cdk);
  if (made) return made;
  const library = join(root, `library-${cdk}`);
  const out = join(root, 'out', `typescript-${cdk}`);
  compile(library, peers);
  typescript(peers).synthesize(library, out);
  const expected = templateIn(out);
  libraries.set(cdk, { library, expected });
  const assets = new Set(JSON.stringify(expected).match(/[0-9a-f]{64}\.zip/g));
  const resources = Object.keys(expected.Resources).length;
  report(`typescript on aws-cdk-lib ${cdk}: ${resources} resources, ${assets.size} assets`);
  return { library, expected };
}

/** One line on the language, and one a difference. */
function compare(language: string): boolean {
  const { peers, synthesize } = languages[language];
  const { library, expected } = libraryWith(peers);
  const out = join(root, 'out', language);
  synthesize(library, out);
  const found = differences(expected, templateIn(out));
  const verdict = found.length === 0 ? 'equal' : `${found.length} differences`;
  report(`${language} on aws-cdk-lib ${peers['aws-cdk-lib']}: ${verdict}`);
  for (const difference of found) console.log(difference);
  return found.length === 0;
}

function main() {
  const all = [...Object.keys(languages), 'dotnet'];
  const asked = process.argv.length > 2 ? process.argv.slice(2) : all;
  const unknown = asked.filter((language) => !all.includes(language));
  if (unknown.length > 0)
    throw new Error(`no such language: ${unknown.join(', ')}; there are ${all.join(', ')}`);

  let failed = 0;
  const compared = asked.filter((language) => language !== 'dotnet');
  for (const language of compared) {
    try {
      if (!compare(language)) failed++;
    } catch (error) {
      failed++;
      report(`${language}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (asked.includes('dotnet')) report(`dotnet: ${dotnet(libraryWith(floor).library)}`);
  console.log(`languages: ${compared.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

try {
  main();
} finally {
  rmSync(root, { recursive: true, force: true });
}
