# shellcheck shell=sh
# The programs beside which Defms is measured, by their Debian packages. Helia comes from npm when it is needed.
# Sourced behind prerequisites.sh.

bench_peers='notmuch isync dovecot-imapd postfix nodejs npm python3'

# Installs what is missing of them where that is allowed; otherwise says what to install. Servers are installed without being started.
install_peers() {
  absent=
  for package in $bench_peers; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || has_program_of "$package" || absent="$absent $package"
  done
  [ -n "$absent" ] || return 0
  as_root=
  [ "$(id -u)" = 0 ] || as_root='sudo -n'
  if ! command -v apt-get >/dev/null || ! $as_root true 2>/dev/null; then
    echo "What to install by hand:$absent" >&2
    return 1
  fi
  echo "Installing$absent with apt-get…" >&2
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update >&2 || true
  # RUNLEVEL=1 keeps invoke-rc.d from starting services, which would listen to the network.
  # shellcheck disable=SC2086 # several words
  $as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq -y --no-install-recommends install $absent >/dev/null
}

# A program that came by another way than its package.
has_program_of() {
  case $1 in
    isync) command -v mbsync ;;
    dovecot-imapd) command -v dovecot ;;
    nodejs) command -v node ;;
    *) command -v "$1" ;;
  esac >/dev/null
}
