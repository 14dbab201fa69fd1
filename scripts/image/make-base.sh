#!/usr/bin/env bash
# Makes a stand-in for the image that the Dockerfile starts from, where no registry can be reached:
#   make-base.sh IMAGE
# Debian's smallest system of the suite that the name tells, with the Node that package.json pins
# and the npm of this machine, committed under that name.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
root=$(cd "$here/../.." && pwd)
image=$1

if [[ ! $image =~ /node:([0-9.]+)-([a-z]+)-slim$ ]]; then
  echo "$image is not like node:26.0.0-bookworm-slim" >&2
  exit 64
fi
version=${BASH_REMATCH[1]} suite=${BASH_REMATCH[2]}
node=$root/node_modules/node/bin/node
if [[ $("$node" --version) != "v$version" ]]; then
  echo "$image: package.json pins $("$node" --version)" >&2
  exit 1
fi
npm=$(dirname "$(dirname "$(realpath "${npm_execpath:-$(command -v npm)}")")")

system=$(mktemp -d /var/tmp/authserver-base.XXXXXX)
trap 'rm -rf "$system"' EXIT
debootstrap --variant=minbase --include=ca-certificates,libatomic1,libstdc++6 \
  "$suite" "$system" http://deb.debian.org/debian
rm -rf "$system"/{dev,tmp,var/tmp,var/log,var/cache/apt,var/lib/apt/lists}/* \
  "$system"/usr/share/{doc,info,locale,man}/*
install -D "$node" "$system/usr/local/bin/node"
mkdir -p "$system/usr/local/lib/node_modules"
cp -a "$npm" "$system/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$system/usr/local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "$system/usr/local/bin/npx"

container=$("$here/buildah.sh" from scratch)
"$here/buildah.sh" add --quiet "$container" "$system" / >/dev/null
"$here/buildah.sh" config --cmd node "$container"
"$here/buildah.sh" commit --quiet --rm "$container" "$image" >/dev/null
