# shellcheck shell=bash
# The host from which people look into the network, in sessions of SSM. provision.sh sources it.

install_packages dns-tools postgres-client
