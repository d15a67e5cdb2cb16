// The SDK's word on Node 20, once a suite, says nothing of the tests.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // Suites that need more than Node (a browser, a tarball, an emulator): `npm run test:heavy`, `npm run test:deploy`.
  testPathIgnorePatterns: process.env.HEAVY ? [] : ['/test/heavy/', '/test/deploy/'],
  // A compiled lib/*.js may lie beside its source; tests are of the source.
  moduleFileExtensions: ['ts', 'js', 'json', 'node'],
  moduleNameMapper: {
    '^cdk-webrtc-signaling$': '<rootDir>/lib/index.ts',
    '^webrtc-signaling-client$': '<rootDir>/client/src/index.ts',
    '^webrtc-signaling-client/iam$': '<rootDir>/client/src/iam.ts',
    '^webrtc-signaling-local$': '<rootDir>/local/src/index.ts',
  },
  // jose is an ES module only, which jest cannot load as it is.
  transform: { '\\.ts$|/node_modules/jose/.*\\.js$': '<rootDir>/test/esbuild-transform.js' },
  transformIgnorePatterns: ['/node_modules/(?!jose/)'],
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/cdk.out/', '/node_modules/.cache/'],
  setupFiles: ['<rootDir>/test/quiet.js'],
  testTimeout: 30_000,
  maxWorkers: 2,
};
