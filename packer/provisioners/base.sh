# shellcheck shell=bash
# What every image has. provision.sh sources it.

install_packages aws-cli chrony cloud-init ca-certificates curl jq openssl ssm-agent xfs-tools
copy_files base
install -m 0644 "$here/../rootfs/chrony.conf" "$chrony_config"

write_file /etc/tickwatch/image.env 0644 <<END
TICKWATCH_ROLE=$role
TICKWATCH_IMAGE_VERSION=$IMAGE_VERSION
END

systemd-sysusers /usr/lib/sysusers.d/tickwatch.conf
systemctl --quiet enable tickwatch-identity.service tickwatch-agents.target tickwatch-ready.target tickwatch-renew.timer "$chrony_unit"
# Waits until the clock is right: certificates and the signatures of AWS depend on it.
systemctl --quiet enable chrony-wait.service

# The volume of the state is formatted here, so that an instance that starts has nothing to format.
if [[ $(blkid --probe --output value --match-tag LABEL "$STATE_DEVICE" || true) != tickwatch ]]; then
  mkfs.xfs -q -L tickwatch "$STATE_DEVICE"
fi
