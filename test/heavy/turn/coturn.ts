// The real coturn, with the configuration that CoturnServer's instance would write.
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CoturnServer } from '../../../lib';
import { text } from '../../support/construct-template';

export interface CoturnOptions {
  /** Of the machine that it runs on. */
  privateIp: string;
  publicIp: string;
  port: number;
  secret: string;
  /** Changes to the rest of the configuration. */
  change?: (config: string) => string;
  /** What to run it by: `['ip', 'netns', 'exec', …]`. */
  by?: string[];
}

export interface Coturn {
  close(): Promise<void>;
}

/** Resolves once it answers. */
export async function startCoturn(options: CoturnOptions): Promise<Coturn> {
  const { privateIp, publicIp, port, secret, change = (config) => config, by = [] } = options;
  const config = configOfConstruct()
    .replace(/^external-ip=.*$/m, `external-ip=${publicIp}/@PRIVATE_IP@`)
    .replaceAll('@PRIVATE_IP@', privateIp)
    .replace(/^listening-port=.*$/m, `listening-port=${port}`)
    .replace(/^log-file=.*$/m, 'log-file=stdout');
  const folder = mkdtempSync(join(tmpdir(), 'coturn-'));
  const file = join(folder, 'turnserver.conf');
  writeFileSync(file, `${change(config)}\nstatic-auth-secret=${secret}\n`, { mode: 0o600 });
  const [command, ...args] = [...by, 'turnserver', '-c', file, '--pidfile='];
  const server = spawn(command, args, { stdio: 'ignore' });
  const exited = new Promise<string>((resolve) => {
    server.once('error', ({ message }) => resolve(message));
    server.once('exit', (code, signal) => resolve(`coturn exited with ${code ?? signal}`));
  });
  const close = async () => {
    server.kill();
    await exited;
    rmSync(folder, { recursive: true });
  };
  const [asking, ...question] = [...by, 'turnutils_stunclient', '-p', `${port}`, privateIp];
  const answers = () =>
    new Promise<boolean>((resolve) =>
      execFile(asking, question, { timeout: 5_000 }, (_, said) => resolve(said.includes('reflexive'))),
    );
  for (let tries = 0; !(await answers()); tries += 1) {
    const failed = await Promise.race([exited, pause(100)]);
    if (failed === undefined && tries < 100) continue;
    await close();
    throw new Error(`no coturn: ${failed ?? 'it does not answer'}`);
  }
  return { close };
}

/** As it is in the user data of the instance. */
function configOfConstruct(): string {
  const stack = new Stack(new App(), 'Stack');
  new CoturnServer(stack, 'Coturn');
  const [launchTemplate] = Object.values(Template.fromStack(stack).findResources('AWS::EC2::LaunchTemplate'));
  const script = text(launchTemplate.Properties.LaunchTemplateData.UserData['Fn::Base64']);
  return /turnserver\.conf\.in <<'END_OF_FILE'\n(.*?)\nEND_OF_FILE/s.exec(script)![1];
}
