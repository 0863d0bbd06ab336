# shellcheck shell=sh
# What Defms needs from the machine: the .NET 10 SDK, libsqlite3 and libsodium.
# After require_prerequisites, `dotnet` is the SDK's program, `dotnet_root` its folder and DOTNET_ROOT says so to others.

export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_CLI_UI_LANGUAGE=en
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0

# dotnet_build VERB ARGUMENT…: a quiet build that leaves no server behind to hold memory, files or the terminal.
dotnet_build() {
  "$dotnet" "$@" -v:q -nologo -nodeReuse:false -p:UseSharedCompilation=false </dev/null
}

# Installs what is missing where that is allowed; otherwise says exactly what to install and returns 1.
require_prerequisites() {
  find_missing
  [ -z "$missing" ] || install_missing
  [ -z "$missing" ] || { explain_missing; return 1; }
  export DOTNET_ROOT="$dotnet_root"
}

find_missing() {
  missing=
  find_dotnet || missing='dotnet-sdk-10.0'
  has_library libsqlite3 || missing="$missing libsqlite3-0"
  has_library libsodium || missing="$missing libsodium23"
  missing=${missing# }
}

find_dotnet() {
  for dotnet in dotnet "${DOTNET_ROOT:-}/dotnet" "${HOME:-}/.dotnet/dotnet"; do
    sdk=$("$dotnet" --list-sdks 2>/dev/null | grep '^10\.' | tail -n 1) || continue
    [ -n "$sdk" ] || continue
    # A line reads: 10.0.100 [/usr/share/dotnet/sdk]
    dotnet_root=${sdk#*\[}
    dotnet_root=${dotnet_root%/sdk]}
    return
  done
  return 1
}

# The loader's own list decides; where there is none (musl, macOS) the usual folders do.
has_library() {
  if known=$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p 2>/dev/null) && [ -n "$known" ]; then
    case $known in *"$1.so"*) return 0 ;; esac
    set -- "$1" ''
  else
    set -- "$1" '/lib /usr/lib /usr/local/lib /opt/homebrew/lib'
  fi
  for folder in $2 $(printf '%s' "${LD_LIBRARY_PATH:-}" | tr ':' ' '); do
    for file in "$folder/$1".so* "$folder/$1"*.dylib; do
      [ ! -e "$file" ] || return 0
    done
  done
  return 1
}

install_missing() {
  command -v apt-get >/dev/null || return 0
  as_root=
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || return 0
    as_root='sudo -n'
  fi
  echo "Installing $missing with apt-get…" >&2
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update >&2 || true
  for package in $missing; do
    LC_ALL=C apt-cache policy "$package" | grep -q 'Candidate: [0-9]' || continue
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$package" >/dev/null || true
  done
  find_missing
}

explain_missing() {
  {
    echo "Defms needs these packages, and they are not installed: $missing"
    echo "On Debian and Ubuntu:"
    echo "  sudo apt-get update && sudo apt-get install --no-install-recommends $missing"
    case $missing in *dotnet-sdk*)
      echo 'Where apt does not know dotnet-sdk-10.0, this page says how to add the feed:'
      echo "  $(dotnet_page)"
      echo 'Without apt, https://dot.net/v1/dotnet-install.sh --channel 10.0 puts it into ~/.dotnet.'
      ;;
    esac
  } >&2
}

dotnet_page() {
  case $(. /etc/os-release 2>/dev/null && echo "${ID:-}") in
    debian) echo 'https://learn.microsoft.com/dotnet/core/install/linux-debian' ;;
    ubuntu) echo 'https://learn.microsoft.com/dotnet/core/install/linux-ubuntu-install' ;;
    *) echo 'https://dotnet.microsoft.com/download/dotnet/10.0' ;;
  esac
}
