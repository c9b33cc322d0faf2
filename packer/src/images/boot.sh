#!/usr/bin/env bash
# Boots the systemd of a root filesystem, in namespaces of its own: boot.sh ROOT STATE CGROUP. The root is mounted read-only,
# as a kernel with `ro` does. STATE is the file of the volume that keeps the state. Run it in the network namespace of the
# stand-ins. If this process ends, the kernel ends everything that was booted.
set -euo pipefail
root=$1 state=$2 cgroup=$3
echo $$ >"$cgroup/cgroup.procs"
# shellcheck disable=SC2016 # The inner shell expands its variables.
exec unshare --pid --mount --uts --ipc --cgroup --fork --kill-child --propagation private bash -euo pipefail -c '
  root=$1 state=$2
  # An overlay without an upper layer is read-only, and a file system of its own: whatever is done to it, such as remounting
  # it, is not done to the disk of this machine.
  mount -t tmpfs empty "$root/mnt"
  mount -t overlay -o "lowerdir=$root:$root/mnt" overlay "$root"
  mount -t proc proc "$root/proc"
  # Settings of the kernel are those of this machine: only the settings of the network are of the namespace.
  mount --bind "$root/proc/sys" "$root/proc/sys"
  mount --bind "$root/proc/sys/net" "$root/proc/sys/net"
  mount -o remount,bind,ro "$root/proc/sys"
  # The name that an instance has of its hypervisor. cloud-init asks the metadata service as AWS does only if it is there.
  mount -t sysfs -o ro sys "$root/mnt"
  mount -t tmpfs -o mode=755 sys "$root/sys"
  mkdir "$root/sys/hypervisor"
  echo ec2e1916-9099-7caf-fd21-012345abcdef >"$root/sys/hypervisor/uuid"
  for path in "$root"/mnt/*; do
    mkdir -p "$root/sys/${path##*/}"
    mount --bind "$path" "$root/sys/${path##*/}"
  done
  umount "$root/mnt"
  mount -o remount,ro "$root/sys"
  mount -t cgroup2 cgroup "$root/sys/fs/cgroup"
  mount -t tmpfs -o mode=755 dev "$root/dev"
  for device in null zero random urandom full tty loop-control; do
    touch "$root/dev/$device"
    mount --bind "/dev/$device" "$root/dev/$device"
  done
  for number in 0 1 2 3 4 5 6 7; do mknod "$root/dev/loop$number" b 7 "$number"; done
  mkdir "$root/dev/pts" "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  mount -t tmpfs -o mode=755 run "$root/run"
  touch "$root/run/state.img"
  mount --bind "$state" "$root/run/state.img"
  cd "$root"
  mkdir run/old
  pivot_root . run/old
  umount --lazy /run/old
  rmdir /run/old
  # Services have mount namespaces of their own, which must see the credentials that systemd mounts.
  mount --make-rshared /
  # It must not set the clock of this machine, load modules or stop it.
  exec setpriv --bounding-set -sys_time,-sys_module,-sys_boot,-syslog,-sys_rawio,-wake_alarm --inh-caps -all \
    env --ignore-environment container=tickwatch PATH=/usr/sbin:/usr/bin /lib/systemd/systemd --log-target=journal --show-status=0
' boot "$root" "$state"
