#!/usr/bin/env bash
# The first process of a machine: puts its root together, moves there and becomes systemd. See boot.sh for the arguments.
set -euo pipefail
name=$1 lower=$2 target=$3 shared=$4

mount -t overlay -o "lowerdir=$lower,upperdir=/mnt/upper,workdir=/mnt/work" "$name" /mnt/root
cd /mnt/root

# Kernel settings and /sys are only to be read, so that no unit changes the host's.
mount -t proc proc proc
for part in sys sysrq-trigger; do
    if [[ -e proc/$part ]]; then
        mount --bind "proc/$part" "proc/$part"
        mount -o remount,bind,ro "proc/$part"
    fi
done
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup

mount -t tmpfs -o mode=0755 dev dev
while read -r device major minor; do
    mknod -m 0666 "dev/$device" c "$major" "$minor"
done <<<$'null 1 3\nzero 1 5\nfull 1 7\nrandom 1 8\nurandom 1 9\ntty 5 0'
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,gid=5,mode=0620,ptmxmode=0666 devpts dev/pts
mount -t tmpfs -o mode=1777 shm dev/shm
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
for number in 0 1 2; do
    names=(stdin stdout stderr)
    ln -s "/proc/self/fd/$number" "dev/${names[number]}"
done

mount -t tmpfs -o mode=0755 run run
mount -t tmpfs -o mode=1777 tmp tmp
mkdir -p run/systemd run/lock mnt/host
if [[ -n $shared ]]; then
    mount --bind "$shared" mnt/host
fi

# Of the host's root only the programs are wanted: not what starts there, not its disks, not its name.
if [[ $lower == / ]]; then
    rm -rf etc/systemd/system
    mkdir -p etc/systemd/system
    : >etc/fstab
    : >etc/machine-id
fi
printf '%s\n' "$name" >etc/hostname

# The old root lies under the new one for a moment (pivot_root(2)).
pivot_root . .
umount -l .
cd /
mount --make-rshared /
exec env -i container=iris-test PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
    /lib/systemd/systemd --system --unit="$target" --show-status=no
