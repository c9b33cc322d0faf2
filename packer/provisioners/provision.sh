#!/usr/bin/env bash
# Makes an image of a root filesystem: provision.sh base|gateway|edge|bastion install, and then the same with seal. Packer runs
# both as root in the instance that becomes the AMI, and `npm run test:images` in a Debian. Between them it fetches
# output/packages.tar, which lists the packages for a scanner, because nobody gets into a sealed instance. They may run again: the
# second time they change nothing.
#
#   IMAGE_VERSION    the commit that the image is built from
#   STATE_DEVICE     the device of the volume that keeps the state; it gets a filesystem if it has none
#   GATEWAY_SHA256   of input/gateway.tar, in hex (only gateway)
#   PROGRAMS_SHA256  of input/programs.tar, in hex (only gateway)
#
# Beside this folder it needs rootfs/, and input/ with gateway.tar, programs.tar and policy-keys.pem (only gateway).
set -euo pipefail
umask 022
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/library.sh"

usage='Usage: provision.sh base|gateway|edge|bastion install|seal'
role=${1:-}
case "$role" in base | gateway | edge | bastion) ;; *) fail "$usage" ;; esac
[[ $EUID == 0 ]] || fail 'provision.sh changes the whole system: run it as root.'

install_role() {
  : "${IMAGE_VERSION:?}" "${STATE_DEVICE:?}"
  source "$here/base.sh"
  case "$role" in
    gateway) source "$here/gateway.sh" ;;
    edge) source "$here/edge.sh" ;;
    bastion) source "$here/bastion.sh" ;;
  esac
  list_packages "$here/../output/packages.tar"
}

seal_role() {
  rm -rf "$here/../output"
  source "$here/seal.sh"
  "$here/findSecrets.sh" /
}

case "${2:-}" in
  install) install_role ;;
  seal) seal_role ;;
  *) fail "$usage" ;;
esac
