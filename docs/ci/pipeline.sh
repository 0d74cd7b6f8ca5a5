#!/bin/sh
# The fleet's migrations in a pipeline, for any runner that has a shell.
#
#   sh pipeline.sh check     on a change: lint its files, and write what a run would do to plan.md
#   sh pipeline.sh deploy    on the main branch: some tenants first, then all, then the gate
#
# neo is in the PATH and is told where things are as anywhere else: NEO_URL and NEO_TOKEN of a console that has these files (or DATABASE_URL and
# DB_ENCRYPTION_KEY beside the central database), and TENANT_MIGRATIONS.
#   SINCE    lint only what is newer than this version (what is applied already is not changed any more)
#   CANARY   who goes first: 1, 5%, tag:early, or slugs (1)
#   REASON   why, for the record (pipeline)
set -eu

check() {
    neo migrate lint ${SINCE:+--since "$SINCE"}
    neo migrate plan --format markdown > plan.md
    cat plan.md
}

# Each command fails the pipeline with a code that says why: 3 tenants failed, 8 somebody is not there, 9 the run has stopped.
deploy() {
    version=$(neo migrate digest --format plain | awk '$1 == "version" { print $2 }')
    neo migrate all-tenants --to "$version" --canary "${CANARY:-1}" --max-failures 2% --progress failures --reason "${REASON:-pipeline}"
    neo migrate status --at-least "$version"
}

case "${1:-}" in
    check) check ;;
    deploy) deploy ;;
    *) echo "usage: sh pipeline.sh check | deploy" >&2; exit 2 ;;
esac
