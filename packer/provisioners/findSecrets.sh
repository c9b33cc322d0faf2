#!/usr/bin/env bash
# Looks for secrets in a root filesystem: findSecrets.sh /. Prints where each is, not what it is, and fails if there is one.
set -euo pipefail
export LC_ALL=C
cd "${1:?}"

# The files of an image that match: /tmp has Packer's, and the others are not on the disk.
files() {
  find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./run -o -path ./tmp \) -prune -o -type f "$@" -print0
}
search() {
  # xargs answers 123 if a grep finds nothing.
  files | xargs -0 --no-run-if-empty grep --with-filename --binary-files=without-match --no-messages --extended-regexp "$@" || true
}

found() {
  search --files-with-matches \
    -e '^-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY( BLOCK)?-----' \
    -e '(^|[^A-Za-z0-9])(github_pat_[A-Za-z0-9_]{60}|gh[pousr]_[A-Za-z0-9]{36}|glpat-[A-Za-z0-9_-]{20}|npm_[A-Za-z0-9]{36}|xox[abprs]-[A-Za-z0-9-]{20})' |
    sed 's/^\./a private key or token in /'
  # Those that end so are the examples in AWS's documents.
  search --only-matching \
    -e '\b(AKIA|ASIA)[A-Z0-9]{16}\b' \
    -e '(aws_secret_access_key|SecretAccessKey|AWS_SECRET_ACCESS_KEY)["'\'']? *[=:] *["'\'']?[A-Za-z0-9/+]{40}([^A-Za-z0-9/+=]|$)' |
    { grep -v 'EXAMPLE\(KEY\)\?[^A-Za-z0-9/+=]\?$' || true; } | sed 's/^\.\([^:]*\):.*/an AWS access key in \1/'
  awk -F: '$2 !~ /^[!*]/ { print "a password, or none, of the user " $1 " in /etc/shadow" }' etc/shadow
  files \( -name authorized_keys -o -name 'ssh_host_*' -o -name .bash_history -o -name .netrc -o -name .pgpass \
    -o -path '*/.aws/credentials' -o -path './var/lib/cloud/*' -o -path './var/lib/amazon/*' \
    -o -path ./var/lib/systemd/random-seed -o -path ./etc/machine-id -size +0 \) |
    tr '\0' '\n' | sed 's/^\./something of one machine: /'
}

places=$(found)
if [[ -n $places ]]; then
  printf 'An image must have no secret, and nothing of the machine that built it. Found:\n%s\n' "$places" >&2
  exit 1
fi
