#!/usr/bin/env bash
# Makes an image of a root filesystem: provision.sh base|gateway|edge|bastion. Packer runs it as root in the instance that
# becomes the AMI, and `npm run test:images` in a Debian. It may run again: the second time it changes nothing.
#
#   IMAGE_VERSION    the commit that the image is built from
#   STATE_DEVICE     the device of the volume that keeps the state; it gets a filesystem if it has none
#   GATEWAY_SHA256   of input/gateway.tar, in hex (only gateway)
#
# Beside this folder it needs rootfs/, and input/ with gateway.tar and policy-keys.pem (only gateway).
set -euo pipefail
umask 022
export LC_ALL=C
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/library.sh"

role=${1:-}
case "$role" in base | gateway | edge | bastion) ;; *) fail "Usage: provision.sh base|gateway|edge|bastion" ;; esac
[[ $EUID == 0 ]] || fail 'provision.sh changes the whole system: run it as root.'
: "${IMAGE_VERSION:?}" "${STATE_DEVICE:?}"

source "$here/base.sh"
case "$role" in
  gateway) source "$here/gateway.sh" ;;
  edge) source "$here/edge.sh" ;;
  bastion) source "$here/bastion.sh" ;;
esac
source "$here/seal.sh"
"$here/findSecrets.sh" /
