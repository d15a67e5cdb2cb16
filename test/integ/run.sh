#!/usr/bin/env bash
# Compares what test/integ synthesizes with its snapshots, offline; with --update-on-failed deploys what differs, tests
# it there and writes the snapshot anew. Hashes of assets are not compared: a change of a handler alone is no drift.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export CDK_DISABLE_CLI_TELEMETRY=true
# Has each assembly validated against the schema that the runner knows: test/integ/synthesize.ts.
export TESTING_CDK=1
exec npx --no-install integ-runner --directory test/integ --language typescript --app 'npx tsx {filePath}' "$@"
