#!/usr/bin/env bash
# buildah with a store of our own: images of this project and nobody else's, removed by removing
# the directory. Needs root, as it makes file systems; a container shares the host's network.
set -euo pipefail

store=${AUTHSERVER_IMAGE_STORE:-${XDG_CACHE_HOME:-$HOME/.cache}/authserver-images}
exec buildah --storage-driver vfs --root "$store/root" --runroot "$store/run" "$@"
