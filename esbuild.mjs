// Bundles what is not compiled by jsii: the handlers, the client, the demo page and the local runner.
// `node esbuild.mjs` builds all, `node esbuild.mjs handlers demo` some.
import { cpSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { build } from 'esbuild';
import { writeNotices } from './notices.mjs';

/** What a handler imports as it needs it: a file beside its index.js, so that who never needs it never reads it. */
const LAZY = { 'aws/secrets': 'message' };

const lazyImports = {
  name: 'lazy-imports',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ kind, path }) => {
      const lazy = Object.keys(LAZY).find((name) => path.endsWith(`/${name}`));
      return kind === 'dynamic-import' && lazy
        ? { path: `./${basename(lazy)}.js`, external: true }
        : undefined;
    });
  },
};

const targets = {
  // One folder a handler. CommonJS, no source map and no path of this machine, so that the asset's hash is
  // the same wherever it is built; `module` before `main` halves the SDK.
  handlers: () =>
    build({
      entryPoints: [
        ...['connect', 'message', 'disconnect', 'authorize-jwt', 'authorize-room-token'].map((name) => ({
          in: `lambda/${name}.ts`,
          out: `${name}/index`,
        })),
        ...Object.entries(LAZY).map(([name, handler]) => ({
          in: `lambda/${name}.ts`,
          out: `${handler}/${basename(name)}`,
        })),
      ],
      outdir: 'lambda/dist',
      bundle: true,
      minify: true,
      platform: 'node',
      format: 'cjs',
      target: 'node22',
      mainFields: ['module', 'main'],
      supported: { 'dynamic-import': false },
      plugins: [lazyImports],
      alias: { '@aws-sdk/credential-provider-node': './lambda/aws/lambda-credentials.ts' },
      legalComments: 'none',
      charset: 'utf8',
      metafile: true,
      logLevel: 'warning',
    }),

  client: () =>
    build({
      entryPoints: ['client/src/index.ts', 'client/src/iam.ts'],
      outdir: 'client/dist',
      bundle: true,
      format: 'esm',
      target: 'es2022',
      metafile: true,
      logLevel: 'warning',
    }),

  demo: async () => {
    const result = await build({
      entryPoints: ['demo/src/main.ts'],
      outdir: 'demo/dist',
      bundle: true,
      minify: true,
      format: 'esm',
      target: 'es2022',
      alias: { 'webrtc-signaling-client': './client/src/index.ts' },
      metafile: true,
      logLevel: 'warning',
    });
    cpSync('demo/public', 'demo/dist', { recursive: true });
    return result;
  },

  local: async () => {
    const result = await build({
      entryPoints: ['local/src/cli.ts', 'local/src/index.ts'],
      outdir: 'local/dist',
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'cjs',
      target: 'node20',
      metafile: true,
      logLevel: 'warning',
    });
    cpSync('local/src/lambda/worker.cjs', 'local/dist/worker.cjs');
    cpSync('demo/dist', 'local/dist/page', { recursive: true });
    return result;
  },
};

const outputs = { handlers: 'lambda/dist', client: 'client/dist', demo: 'demo/dist', local: 'local/dist' };
const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in targets));
if (unknown.length > 0) {
  console.error(`unknown target ${unknown.join(', ')}: expected ${Object.keys(targets).join(', ')}`);
  process.exit(1);
}
for (const [name, run] of Object.entries(targets)) {
  if (names.length > 0 && !names.includes(name)) continue;
  rmSync(outputs[name], { recursive: true, force: true });
  const { metafile } = await run();
  writeNotices(`${outputs[name]}/THIRD-PARTY-NOTICES`, metafile);
}
