#!/usr/bin/env bash
# A first-time operator's walk: runs every `sh` block of docs/operate/standalone.md, in order and as
# it stands there, on a machine of its own, and prints what an operator would see.
#   test/e2e/operator-walk.sh         as root; needs systemd, caddy, curl, openssl, npm
#   test/e2e/operator-walk.sh check   prints why it may not run here, if so
# The machine is this system seen through namespaces: an overlay takes all writes, systemd is its
# process 1, its network is a loopback device. Nothing of it outlives the walk. Only what the
# machine lacks is stood in for: a registry to install from, the DNS, and a public authority.
set -euo pipefail

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
readonly checkout
readonly seconds_max=100

# Of the walk: where it leaves its transcript, and the group of all its processes.
work=
cgroup=

main() {
  local status=0
  require_programs
  work=$(mktemp -d)
  cgroup=$(cgroup_root)/operator-walk.$$
  mkdir "$cgroup"
  trap clean_up EXIT
  : >"$work/transcript"
  # systemd manages the groups below its own; this one is moved there to be inherited by it.
  (
    echo "$BASHPID" >"$cgroup/cgroup.procs"
    exec timeout --signal KILL "$seconds_max" \
      unshare --cgroup --mount --pid --ipc --uts --net --fork --kill-child \
      "${BASH_SOURCE[0]}" machine "$work"
  ) </dev/null >"$work/boot" 2>&1 || status=$?
  cat "$work/transcript"
  if ((status != 0)); then cat "$work/boot" >&2; fi
  return "$status"
}

require_programs() {
  local program
  for program in /usr/lib/systemd/systemd caddy curl ip npm openssl ss; do
    if ! command -v "$program" >/dev/null; then
      echo "the walk needs ${program##*/}, which is not installed" >&2
      exit 1
    fi
  done
}

# A machine that was ended from outside takes a moment to be gone.
clean_up() {
  local try
  for try in {1..50}; do
    if find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null; then break; fi
    sleep 0.1
  done
  rm -rf "$work"
}

cgroup_root() {
  local root
  for root in /sys/fs/cgroup /sys/fs/cgroup/unified; do
    if [[ -e $root/cgroup.procs ]]; then echo "$root" && return; fi
  done
  echo 'no cgroup2 file system is mounted' >&2
  return 1
}

# Becomes process 1 of the machine.
machine() {
  local work=$1 lab=$1/machine root=$1/machine/root
  mount --make-rprivate /
  mkdir "$lab"
  mount -t tmpfs tmpfs "$lab"
  mkdir "$lab"/{changes,changes-work,built,built-work,root}
  mount -t overlay overlay "$root" \
    -o "lowerdir=/,upperdir=$lab/changes,workdir=$lab/changes-work"
  mkdir -p "$root/root/authserver" "$root/root/walk"
  mount -t overlay overlay "$root/root/authserver" \
    -o "lowerdir=$checkout,upperdir=$lab/built,workdir=$lab/built-work"
  mount --bind "$work" "$root/root/walk"
  system_directories "$root"
  walk_service "$root"
  ip link set lo up
  cd "$root"
  mkdir -p .outside
  pivot_root . .outside
  umount --lazy /.outside
  # Credentials of services are mounted in a namespace of their own and have to arrive here.
  mount --make-rshared /
  exec setpriv --bounding-set=-sys_boot,-sys_module,-sys_rawio,-sys_time \
    env -i container=operator-walk PATH="$PATH" \
    /usr/lib/systemd/systemd --unit=walk.target --show-status=0
}

system_directories() {
  local root=$1 device
  mount -t proc proc "$root/proc"
  mount --bind -o ro "$root/proc/sys" "$root/proc/sys"
  mount -o remount,bind,ro "$root/proc/sys"
  mount -t sysfs -o ro sysfs "$root/sys"
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
  mount -t tmpfs tmpfs "$root/run"
  mount -t tmpfs tmpfs "$root/dev"
  mkdir "$root"/dev/{pts,shm,mqueue,hugepages}
  mount -t tmpfs tmpfs "$root/dev/shm"
  mount -t devpts devpts "$root/dev/pts"
  for device in null zero full random urandom tty; do cp -a "/dev/$device" "$root/dev/"; done
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
}

# What the machine starts: the walk, whose end is the machine's end.
walk_service() {
  local root=$1
  commands "$root/root/authserver/docs/operate/standalone.md" >"$root/root/walk/commands"
  cat >"$root/etc/systemd/system/walk.service" <<UNIT
[Unit]
SuccessAction=exit
FailureAction=exit
FailureActionExitStatus=1

[Service]
Type=oneshot
Environment=HOME=/root PATH=$PATH
WorkingDirectory=/root/authserver
ExecStart=/usr/bin/bash -euo pipefail /root/walk/commands
StandardOutput=append:/root/walk/transcript
StandardError=inherit
UNIT
  cat >"$root/etc/systemd/system/walk.target" <<UNIT
[Unit]
Requires=walk.service
UNIT
}

# The commands of a page, each section under its heading, after what stands in for the world. Before
# the backup somebody looks at what has become of the machine.
commands() {
  cat <<'PRELUDE'
npm() {
  if [[ $1 == ci ]]; then echo 'packages are installed'; else command npm "$@"; fi
}
echo '127.0.0.1 auth.example.com' >>/etc/hosts
sed -i '0,/^{$/s//{\n\tlocal_certs\n\tskip_install_trust/' deploy/Caddyfile
export CURL_CA_BUNDLE=/var/lib/caddy/.local/share/caddy/pki/authorities/local/root.crt
observe() {
  local process
  process=$(systemctl show --property MainPID --value authserver)
  printf '\n## Observed\n'
  grep --extended-regexp '^(Uid|NoNewPrivs|Seccomp|CapEff|CapBnd):' "/proc/$process/status"
  grep --extended-regexp '^Max core file size' "/proc/$process/limits"
  tr '\0' '\n' <"/proc/$process/environ"
  find /etc/authserver /var/lib/authserver -printf 'mode %m %u:%g %p\n'
  ss --listening --tcp --numeric --no-header
}
PRELUDE
  awk '
    /^## Back up/ { print "observe" }
    /^## / { printf "printf \"\\n%s\\n\"\n", $0 }
    /^```$/ { inside = 0 }
    inside { print }
    /^```sh$/ { inside = 1 }
  ' "$1"
}

check() {
  if ((EUID != 0)); then
    echo 'a machine of its own needs root'
  elif ! unshare --cgroup --mount --pid --net --fork true 2>/dev/null; then
    echo 'namespaces are not permitted here'
  fi
}

case "${1-}" in
  '') main ;;
  check) check ;;
  machine) machine "$2" ;;
  *) echo "usage: ${0##*/} [check]" >&2 && exit 64 ;;
esac
