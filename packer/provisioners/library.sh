# shellcheck shell=bash
# What several steps use. It is the only file that knows distributions: Amazon Linux 2023, of which the images are, and
# Debian 12, in which the tests run the same steps.

fail() {
  echo "$*" >&2
  exit 1
}

# shellcheck source=/dev/null
distribution=$(source /etc/os-release && echo "$ID")

# The distribution's name for a package; empty if it does not have it.
package_name() {
  case "$distribution:$1" in
    amzn:aws-cli) echo awscli-2 ;;
    amzn:curl) echo curl-minimal ;;
    amzn:dns-tools) echo bind-utils ;;
    amzn:postgres-client) echo postgresql16 ;;
    amzn:xfs-tools) echo xfsprogs ;;
    # Tests have stand-ins for these two, which talk to AWS.
    debian:aws-cli | debian:ssm-agent) ;;
    debian:dns-tools) echo bind9-dnsutils ;;
    debian:postgres-client) echo postgresql-client ;;
    debian:xfs-tools) echo xfsprogs ;;
    amzn:ssm-agent) echo amazon-ssm-agent ;;
    amzn:* | debian:*) echo "$1" ;;
    *) fail "There is no list of packages for $distribution. Add it to library.sh." ;;
  esac
}

install_packages() {
  local names=() name
  for name in "$@"; do
    name=$(package_name "$name")
    [[ -z $name ]] || names+=("$name")
  done
  # From the repository that the version of Amazon Linux pins, so that two builds of one source AMI get the same versions.
  case "$distribution" in
    amzn) dnf install --quiet --assumeyes --setopt=install_weak_deps=False "${names[@]}" ;;
    debian)
      dpkg --status "${names[@]}" >/dev/null 2>&1 && return
      apt-get -qq update
      DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends "${names[@]}" >/dev/null
      ;;
  esac
}

remove_packages() {
  case "$distribution" in
    amzn) dnf remove --quiet --assumeyes "$@" ;;
    debian) DEBIAN_FRONTEND=noninteractive apt-get -qq purge --yes "$@" >/dev/null ;;
  esac
}

# Writes a tar of the files from which a scanner reads which packages are installed, and of which distribution.
list_packages() {
  local database
  case "$distribution" in
    amzn) database=var/lib/rpm/rpmdb.sqlite ;;
    debian) database=var/lib/dpkg/status ;;
  esac
  install -d -m 0755 "$(dirname "$1")"
  tar --create --file "$1" --directory / etc/os-release usr/lib/os-release "$database"
}

forget_downloads() {
  case "$distribution" in
    amzn) dnf clean all --quiet ;;
    debian)
      apt-get clean
      rm -rf /var/lib/apt/lists/*
      ;;
  esac
}

case "$distribution" in
  amzn) chrony_config=/etc/chrony.conf chrony_user=chrony chrony_unit=chronyd.service ;;
  debian) chrony_config=/etc/chrony/chrony.conf chrony_user=_chrony chrony_unit=chrony.service ;;
esac

# Copies the files of a role over the root. Folders keep the permissions that they have.
copy_files() {
  local from="$here/../rootfs/$1" path mode
  (cd "$from" && find . -type f -printf '%P\n') | while read -r path; do
    mode=0644
    [[ $path != usr/libexec/* ]] || mode=0755
    install -D --owner=root --group=root --mode=$mode "$from/$path" "/$path"
  done
}

# Writes standard input to a file in one step, with the permissions of the second argument.
write_file() {
  cat >"$1.new"
  chmod "$2" "$1.new"
  mv "$1.new" "$1"
}
