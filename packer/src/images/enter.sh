#!/usr/bin/env bash
# Runs a command as root in a root filesystem: enter.sh ROOT COMMAND…. `unshare --mount` must have made a mount namespace
# for it, so that nothing of this stays on the machine.
set -euo pipefail
root=$1
shift
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs run "$root/run"
cp --dereference /etc/resolv.conf "$root/run/resolv.conf"
[[ -L $root/etc/resolv.conf ]] || mount --bind "$root/run/resolv.conf" "$root/etc/resolv.conf"
# The clients of packages learn from these how to reach their repository.
proxies=()
for name in http_proxy https_proxy no_proxy; do [[ ! -v $name ]] || proxies+=("$name=${!name}"); done
exec chroot "$root" /usr/bin/env --ignore-environment PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "${proxies[@]}" "$@"
