// Stands in for @aws-sdk/credential-provider-node in the bundles (see esbuild.mjs): Lambda gives a function its
// role's credentials by environment variables, so the providers for profiles, SSO and web identity, a quarter
// of each bundle, are left out.
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
