#!/usr/bin/env bash
# Builds the image of the Dockerfile where there is neither a Docker engine nor a registry, with
# Debian's buildah: the base first, unless it is there from the last time. Elsewhere it is
# `docker build .`.
#   scripts/build-image.sh [NAME]      localhost/authserver, if no name is given
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
name=${1:-localhost/authserver}
base=$(awk '$1 == "FROM" { print $2; exit }' Dockerfile)
buildah() { scripts/image/buildah.sh "$@"; }
npm_setting() { npm --loglevel=error config get "$1"; }

if ! buildah inspect --type image "$base" >/dev/null 2>&1; then
  scripts/image/make-base.sh "$base"
fi

# Packages come from where npm on this machine gets them, and from its cache when they are there.
settings=$(mktemp)
trap 'rm -f "$settings"' EXIT
printf 'registry=%s\nprefer-offline=true\n' "$(npm_setting registry)" >"$settings"
volumes=(--volume "$settings:/usr/local/etc/npmrc:ro" --volume "$(npm_setting cache):/root/.npm")
authority=$(npm_setting cafile)
if [[ -f $authority ]]; then
  echo 'cafile=/etc/ssl/host-ca.crt' >>"$settings"
  volumes+=(--volume "$authority:/etc/ssl/host-ca.crt:ro")
fi

buildah bud --pull-never --isolation chroot --format docker --tag "$name" "${volumes[@]}" .
# The image that had the name before, and the one of the build stage.
buildah rmi --prune >/dev/null
echo "$name: $(buildah images --noheading --format '{{.Size}}' "$name")," \
  "of which the base $(buildah images --noheading --format '{{.Size}}' "$base")"
