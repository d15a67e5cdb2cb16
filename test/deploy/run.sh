#!/usr/bin/env bash
# Deploys the example to MiniStack, an AWS emulator, and runs the protocol suite against what was deployed.
# Installs what it needs (Debian and Ubuntu), and ends what it starts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

python3 -c 'import ensurepip' 2> /dev/null || bash .ci/apt-install python3-venv
venv=$PWD/node_modules/.cache/ministack
[ -x "$venv/bin/pip" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check ministack==1.5.33 cbor2==6.3.0

folder=$(mktemp -d)
port=$(node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => (console.log(s.address().port), s.close()))")
# A process group of its own: it starts a process for each function. MINISTACK_HOST: what the host names that it gives
# out end with, so that what the template joins together is one of them.
set -m
BIND_HOST=127.0.0.1 GATEWAY_PORT=$port IOT_MTLS_ENABLED=0 SFTP_ENABLED=0 MINISTACK_HOST=us-east-1.amazonaws.com \
  S3_DATA_DIR=$folder "$venv/bin/ministack" > "$folder/ministack.log" 2>&1 &
ministack=$!
set +m
finish() {
  kill -- "-$ministack" 2> /dev/null || true
  wait "$ministack" 2> /dev/null || true
  [ -z "${ARTIFACTS:-}" ] || cp "$folder/ministack.log" "$ARTIFACTS"
  rm -rf "$folder"
}
trap finish EXIT
export AWS_ENDPOINT_URL=http://127.0.0.1:$port
until curl -sf "$AWS_ENDPOINT_URL/_ministack/health" > /dev/null; do
  kill -0 "$ministack" 2> /dev/null || { cat "$folder/ministack.log"; exit 1; }
  sleep 0.2
done

# Nothing of an account that the machine may know.
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
export AWS_EC2_METADATA_DISABLED=true AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null
unset AWS_PROFILE AWS_SESSION_TOKEN
export CDK_DISABLE_CLI_TELEMETRY=true CI=true
HEAVY=1 npx jest --ci --runInBand test/deploy "$@"
