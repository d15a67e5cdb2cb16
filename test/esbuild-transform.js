// Jest transformer: types are checked by `npm run check:types`, so a test file is only stripped of them.
const { createHash } = require('node:crypto');
const esbuild = require('esbuild');

const options = {
  loader: 'ts',
  format: 'cjs',
  target: 'node20',
  // Jest's module registry serves require() only.
  supported: { 'dynamic-import': false },
  sourcemap: 'inline',
};

module.exports = {
  process: (source, path) => esbuild.transformSync(source, { ...options, sourcefile: path }),
  getCacheKey: (source, path) =>
    createHash('sha256')
      .update(JSON.stringify([esbuild.version, options, path, source]))
      .digest('hex'),
};
