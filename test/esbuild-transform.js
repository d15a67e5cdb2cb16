// Jest transformer: types are checked by `npm run check:types`, so a test file is only stripped of them.
const { createHash } = require('node:crypto');
const esbuild = require('esbuild');

module.exports = {
  process: (source, path) =>
    esbuild.transformSync(source, {
      loader: 'ts',
      format: 'cjs',
      target: 'node20',
      sourcemap: 'inline',
      sourcefile: path,
    }),
  getCacheKey: (source, path) =>
    createHash('sha256').update(`${esbuild.version}\0${path}\0${source}`).digest('hex'),
};
