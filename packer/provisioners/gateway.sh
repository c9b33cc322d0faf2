# shellcheck shell=bash
# The gateway, from the artifact that apps/gateway builds, with Envoy in front of it and its agents. provision.sh sources it.
: "${GATEWAY_SHA256:?}" "${PROGRAMS_SHA256:?}"

input="$here/../input"
gateway=/opt/tickwatch/gateway
programs=/opt/tickwatch/programs

echo "$GATEWAY_SHA256  $input/gateway.tar" | sha256sum --check --quiet ||
  fail 'input/gateway.tar is not the artifact that the build names.'

rm -rf "$gateway.new"
install -d -m 0755 "$gateway.new"
tar --extract --file "$input/gateway.tar" --directory "$gateway.new" --no-same-owner --no-same-permissions
manifest="$gateway.new/manifest.json"
jq --raw-output '.files | to_entries[] | "\(.value.sha256)  \(.key)"' "$manifest" |
  (cd "$gateway.new" && sha256sum --check --quiet --strict) || fail 'A file of the artifact is not the one that its manifest names.'
unnamed=$(cd "$gateway.new" && find . -type f ! -name manifest.json -printf '%P\n' | sort | comm -23 - <(jq --raw-output '.files | keys[]' "$manifest" | sort))
[[ -z $unnamed ]] || fail "The manifest of the artifact does not name: $unnamed"
rm -rf "$gateway"
mv "$gateway.new" "$gateway"

echo "$PROGRAMS_SHA256  $input/programs.tar" | sha256sum --check --quiet ||
  fail 'input/programs.tar is not the one that the build names.'
rm -rf "$programs.new"
install -d -m 0755 "$programs.new"
tar --extract --file "$input/programs.tar" --directory "$programs.new" --no-same-owner --no-same-permissions
chmod 0755 "$programs.new"/*
for program in envoy node_exporter prometheus; do
  "$programs.new/$program" --version >/dev/null 2>&1 || fail "$program of input/programs.tar does not run here."
done
rm -rf "$programs"
mv "$programs.new" "$programs"

install_policy_keys() {
  openssl pkey -pubin -in "$input/policy-keys.pem" -noout || fail 'input/policy-keys.pem has no public key.'
  install -m 0644 "$input/policy-keys.pem" /etc/tickwatch/policy-keys.pem
}
install_policy_keys

copy_files gateway
# The unit names the artifact's command in full, because systemd starts only what has a path.
command=$(jq --raw-output '"/opt/tickwatch/gateway/" + (.command | join(" "))' "$gateway/manifest.json")
grep --quiet --line-regexp --fixed-strings "ExecStart=$command" /etc/systemd/system/tickwatch-gateway.service ||
  fail "The artifact is started by: $command. tickwatch-gateway.service starts something else: change it."
[[ $("$gateway/node" --version) == "v$(jq --raw-output .node "$gateway/manifest.json")" ]] ||
  fail 'The Node of the artifact does not run here, or has another version.'

systemd-sysusers /usr/lib/sysusers.d/tickwatch-gateway.conf
systemctl --quiet enable tickwatch-policy.service tickwatch-node-exporter.service tickwatch-agent.service tickwatch-gateway.service \
  tickwatch-envoy.service tickwatch-gate.service
