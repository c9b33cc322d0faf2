# shellcheck shell=bash
# The last step: nobody logs in by SSH, the root is mounted read-only, and nothing of the build is left. provision.sh
# sources it.

# Packer's own connection stays open until it closes it.
if command -v sshd >/dev/null || [[ -x /usr/sbin/sshd ]]; then remove_packages openssh-server; fi
rm -rf /etc/ssh/ssh_host_* /etc/ssh/sshd_config.d /root/.ssh /home/*/.ssh /etc/sudoers.d/90-cloud-init-users
for unit in sshd.service sshd.socket ssh.service ssh.socket; do systemctl --quiet mask "$unit"; done

# These change files of the root.
for unit in dnf-makecache.timer update-motd.timer logrotate.timer apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
  man-db.timer man-db-cache-update.service e2scrub_all.timer cloud-config.service cloud-final.service cloud-init-hotplugd.socket; do
  systemctl --quiet mask "$unit"
done

# Everyone gets in by SSM, and nobody by a password.
cut -d: -f1 /etc/passwd | while read -r user; do usermod --lock "$user"; done

# fstab: the root is mounted read-only, and only what /etc/tickwatch/writable names is writable.
fstab() {
  awk '
    /^# tickwatch: / { exit }
    $1 !~ /^#/ && $2 == "/" { $4 = "ro,noatime" }
    $1 !~ /^#/ && $2 == "/boot/efi" { $4 = $4 (($4 ~ /(^|,)ro(,|$)/) ? "" : ",ro") }
    { print }
  ' /etc/fstab
  echo '# tickwatch: the writable paths'
  local path source size mode owner
  grep -v '^#' /etc/tickwatch/writable | while read -r path source size mode owner; do
    if [[ $source == tmpfs ]]; then
      [[ $owner != chrony ]] || owner=$chrony_user
      echo "tmpfs $path tmpfs nodev,nosuid,noexec,size=$size,mode=$mode,uid=$(id -u "$owner"),gid=$(id -g "$owner") 0 0"
    else
      # Without the volume an instance starts, so that a person can look at it, but its gateway does not.
      echo "$source $path xfs nodev,nosuid,noexec,noatime,nofail,x-systemd.growfs,x-systemd.device-timeout=30s 0 0"
    fi
    install -d -m "$mode" -o "$owner" -g "$(id -gn "$owner")" "$path"
  done
}
fstab | write_file /etc/fstab 0644

forget_downloads
rm -rf /var/lib/cloud/* /var/lib/amazon/* /var/lib/chrony/* /var/lib/systemd/random-seed /var/tmp/* \
  /root/.bash_history /home/*/.bash_history /root/.aws /home/*/.aws
find /var/log -type f -delete
# Empty, not missing: systemd then takes the id of the machine in memory, and does not run the steps of a first boot.
: >/etc/machine-id
if [[ -d /var/lib/dbus ]]; then ln -sf /etc/machine-id /var/lib/dbus/machine-id; fi
