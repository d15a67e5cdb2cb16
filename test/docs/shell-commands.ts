// Every shell command that the pages tell the reader to type, and what runs it, or why nothing here can.

/** A command line, or a pattern of it, by what proves it. Test files are named from the root of the repository. */
export const SHELL_COMMANDS: { command: RegExp; provenBy: string }[] = [
  { command: /^npm ci( && npm (start|test))?$/, provenBy: '.ci/run' },
  { command: /^npm (start|test)$/, provenBy: '.ci/run' },
  { command: /^npm start -- --help$/, provenBy: 'test/local/command.test.ts' },
  { command: /^npm start -- --assembly path\/to\/cdk\.out/, provenBy: 'test/local/command.test.ts' },
  { command: /^npm run (build|check|test:heavy|bench:[\w-]+)$/, provenBy: '.ci/run' },
  { command: /^npm run test:languages( \w+)*$/, provenBy: '.ci/run' },
  { command: /^npm run test:races$/, provenBy: 'test/races' },
  { command: /^npm run docs:(api|construct|languages)$/, provenBy: 'test/structure' },
  {
    command: /^(npm install|npx cdk synth|npx webrtc-signaling-local)\b/,
    provenBy: 'test/heavy/stranger.test.ts',
  },
  { command: /^node (app|call|caller)\.m?js\b/, provenBy: 'test/heavy/stranger.test.ts' },
  { command: /^bash \.ci\/run$/, provenBy: 'the public CI' },
];

/** What cannot be run by a test of this repository: it needs something that no test machine has. */
export const NOT_RUN: { command: RegExp; because: string }[] = [
  {
    command: /^(npx )?cdk (bootstrap|deploy|destroy|diff|import|watch)\b/,
    because: 'it needs an AWS account',
  },
  { command: /^aws /, because: 'it needs an AWS account' },
  { command: /^npm run test:integ -- --update-on-failed --force/, because: 'it needs an AWS account' },
  { command: /^(pip install|mvn |go get |dotnet add )/, because: 'it installs a published version' },
  { command: /^git (tag|push)\b/, because: 'it publishes' },
];

/** The commands of a block: comments and prompts left out, continued lines joined. */
export function commandsOf(code: string): string[] {
  return code
    .replace(/\\\n\s*/g, ' ')
    .split('\n')
    .map((line) =>
      line
        .replace(/^\s*\$ /, '')
        .replace(/(^|\s)#.*$/, '')
        .trim(),
    )
    .filter((line) => line !== '');
}
