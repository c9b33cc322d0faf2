# shellcheck shell=bash
# A host of game servers: they run as `game`, and reach the gateways with the host's certificate. provision.sh sources it.

install_packages wireguard-tools
copy_files edge
systemd-sysusers /usr/lib/sysusers.d/tickwatch-edge.conf
