#!/usr/bin/env bash
# Boots systemd in namespaces of its own. Run by systemd_machine.py, as root, in a mount namespace of its own:
#   boot.sh NAME LOWER TARGET SHARED NETWORK
# NAME: the machine's, its cgroup's and its link's. LOWER: a folder with a Debian, only read. SHARED: a folder that the
# machine sees as /mnt/host, or "". NETWORK: the first three numbers of the link's addresses; .1 is the host, .2 the machine.
# Prints `pid N`, the machine's first process as seen from outside, and stays until its standard input ends. Then mounts,
# processes and the link go with the namespaces; the cgroup is removed here.
set -euo pipefail
name=$1 lower=$2 target=$3 shared=$4 network=$5
here=$(dirname "$(realpath "$0")")

# Nobody else sees what is mounted here.
mount -t tmpfs -o mode=0755 "$name" /mnt
mkdir /mnt/cgroup /mnt/upper /mnt/work /mnt/root
mount -t cgroup2 cgroup2 /mnt/cgroup
tree=/mnt/cgroup/$name
mkdir "$tree"

finish() {
    local left=100
    kill -KILL "$holder" 2>/dev/null || true
    wait "$holder" 2>/dev/null || true
    # The kernel takes the processes of a namespace down a moment after its first one.
    until find "$tree" -depth -type d -exec rmdir {} + 2>/dev/null || ((--left == 0)); do
        sleep 0.05
    done
    ip link delete "$name" 2>/dev/null || true
}

# The first process alone enters the cgroup, which it then takes for the root of all cgroups. It tells its number while
# /proc is still the host's.
# shellcheck disable=SC2016  # that shell expands them
unshare --mount --pid --uts --ipc --net --fork --kill-child -- bash -euc '
    echo 0 >"$1/cgroup.procs"
    read -r number _ </proc/self/stat
    echo "$number" >/mnt/first
    shift
    exec "$@"' \
    - "$tree" unshare --cgroup -- bash "$here/furnish.sh" "$name" "$lower" "$target" "$shared" </dev/null >&2 &
holder=$!
trap finish EXIT

left=500
until first=$(cat /mnt/first 2>/dev/null) && [[ -n $first ]]; do
    kill -0 "$holder" && ((left-- > 0))
    sleep 0.02
done
ip link add "$name" type veth peer name host0 netns "$first"
ip address add "$network.1/24" dev "$name"
ip link set "$name" up
nsenter --target "$first" --net -- ip address add "$network.2/24" dev host0
nsenter --target "$first" --net -- ip link set host0 up

printf 'pid %d\n' "$first"
cat >/dev/null
