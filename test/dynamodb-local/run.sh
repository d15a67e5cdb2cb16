#!/usr/bin/env bash
# The suites of what runs on DynamoDB, on Amazon's own DynamoDB Local in place of the embedded database.
# Installs what it needs (Debian and Ubuntu), and ends what it starts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

missing=()
# The compiler too: the server is a source file.
java --list-modules 2> /dev/null | grep -q '^jdk.compiler@\(1[7-9]\|[2-9][0-9]\)' || missing+=(openjdk-17-jdk-headless)
command -v mvn > /dev/null || missing+=(maven)
bash .ci/apt-install "${missing[@]}"

jars=$PWD/node_modules/.cache/dynamodb-local
# Run again in any case: it knows what is there, and a jar of another version must not stay.
mvn -q -B -f test/dynamodb-local dependency:copy-dependencies -DoutputDirectory="$jars" \
  -DoverWriteReleases=false -DuseBaseVersion=true

log=$(mktemp)
java -Djava.library.path="$jars" -cp "$jars/*" test/dynamodb-local/Loopback.java > "$log" 2>&1 &
server=$!
finish() {
  kill "$server" 2> /dev/null || true
  rm -f "$log"
}
trap finish EXIT
until DYNAMODB_ENDPOINT=$(grep -m 1 '^http://' "$log"); do
  kill -0 "$server" 2> /dev/null || { cat "$log"; exit 1; }
  sleep 0.2
done
export DYNAMODB_ENDPOINT

# One suite after the other: each run of the template makes the same two tables.
npx jest --ci --runInBand test/handlers test/protocol test/sessions "$@"
