# shellcheck shell=sh disable=SC2154
# The built programs: artifacts/app. Read by scripts that have set `root` to the clone's folder.
# Every start of ./defms passes through here, so what runs when nothing is to be built is kept to one `find`.

app=$root/artifacts/app

# What the programs are made from. A folder counts too: its time changes when a file in it comes, goes or is renamed.
app_sources='Defms.Core Defms.Cli Defms.Serving Defms.Daemon Defms.Gateway Directory.Build.props Directory.Packages.props global.json eng/App.proj eng/App.props'

# True if artifacts/app was begun after the last change to the sources.
app_is_current() {
  # shellcheck disable=SC2086
  [ -e "$app/.built" ] && [ -z "$(cd "$root" && find $app_sources -newer artifacts/app/.built -print -quit)" ]
}

# The programs run on the .NET that built them, wherever that is and whatever else is installed.
use_app_runtime() {
  read -r DOTNET_ROOT <"$app/.built"
  export DOTNET_ROOT
}

# Builds artifacts/app or ends the script with status 1, having said why.
build_app() {
  if [ -t 2 ]; then
    if [ -e "$app/.built" ]; then
      echo 'Building Defms (its sources changed)…' >&2
    else
      echo 'Building Defms (once)…' >&2
    fi
  fi
  # shellcheck source=eng/prerequisites.sh
  . "$root/eng/prerequisites.sh"
  mkdir -p "$root/artifacts"
  # One build at a time: whoever waited here finds the work done. The builders themselves do not inherit the lock, so
  # that nothing they leave running can hold it.
  (
    if command -v flock >/dev/null; then flock 9; fi
    app_is_current || { require_prerequisites && publish_app; } 9>&-
  ) 9>"$root/artifacts/app.lock" || exit 1
}

# Publishes into a new folder and swaps it in whole: programs that are running keep the files they were started from.
publish_app() {
  next=$root/artifacts/app.next
  rm -rf "$next"
  mkdir -p "$next"
  # Written before the build, so that a file saved while it runs is newer.
  printf '%s\n' "$dotnet_root" >"$next/.built"
  publish_ready_to_run || {
    cat "$root/artifacts/app.log" >&2
    echo "Defms was not built: see the errors above. The command was: dotnet msbuild eng/App.proj -t:Restore,Publish" >&2
    return 1
  }
  rm -rf "$app.previous"
  [ ! -e "$app" ] || mv "$app" "$app.previous"
  mv "$next" "$app" && rm -rf "$app.previous"
}

# Where the package that compiles ahead of time cannot be had, plain programs are better than none.
publish_ready_to_run() {
  run_publish true && return
  grep -Eiq 'crossgen|App\.Runtime\.|NETSDK1094' "$root/artifacts/app.log" || return 1
  run_publish false
}

run_publish() {
  (cd "$root" && dotnet_build msbuild eng/App.proj -t:'Restore;Publish' -m \
    -p:ReadyToRun="$1" -p:AppDirectory="$PWD/artifacts/app.next" >artifacts/app.log 2>&1)
}
