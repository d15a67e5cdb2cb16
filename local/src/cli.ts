#!/usr/bin/env node
// The command of the published package.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './command';

const page = join(__dirname, 'page');

void runCommand(process.argv.slice(2), {
  name: 'webrtc-signaling-local',
  assembly: { help: 'cdk.out', get: () => 'cdk.out' },
  page: existsSync(page) ? page : undefined,
}).then((code) => process.exit(code));
