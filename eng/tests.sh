# shellcheck shell=sh disable=SC2154
# How ./test runs things, counts them and says so. Read by a script that has set `root` to the clone's folder.

passed=0 failed=0 skipped=0
limit=${DEFMS_TEST_TIMEOUT:-600}
reports=$root/artifacts/test-reports
rm -rf "$reports"
mkdir -p "$reports"

# A shell starts background programs deaf to Ctrl-C, and their children inherit that; tests of signals need it undone.
hearing='env --default-signal=INT,QUIT'
$hearing true 2>/dev/null || hearing=

running=
trap 'progress ""; stop_running; exit 130' INT TERM HUP
stop_running() {
  [ -z "$running" ] || kill "$running" 2>/dev/null || true
}

# On a terminal one line says what is going on, and makes room for the next.
shown=
progress() {
  [ ! -t 2 ] || [ "$1" = "$shown" ] || printf '\r\033[K%s' "$1" >&2
  shown=$1
}

say() {
  progress ''
  printf '%s\n' "$1"
}

# prepare NAME COMMAND…: what the tests need; where it fails, its output and the sum end the run.
prepare() {
  progress "$1…"
  name=$1
  shift
  ("$@") </dev/null >"$reports/$name.out" 2>&1 || finish_unable "$name"
}

# check NAME COMMAND…: a command that counts as one test.
check() {
  progress "$1…"
  name=$1
  started=$(date +%s)
  shift
  if ("$@") </dev/null >"$reports/$name.out" 2>&1; then
    count "$name" 1 0 0
  else
    count "$name" 0 1 0
    show_end "$name"
  fi
}

# run_test_project NAME RUNNER FILTER…: all tests of one project, counted from the report that its runner writes. A runner
# that crashed, hung or fell over its own report counts as one failed test, besides what the report still says.
run_test_project() {
  name=$1
  runner=$2
  shift 2
  progress "$name…"
  started=$(date +%s)
  code=0
  run_limited "$runner" -noLogo -noColor -longRunning 30 "$@" -xml "$reports/$name.xml" >"$reports/$name.out" 2>&1 || code=$?
  whole=true
  read_report "$name" >"$reports/$name.txt" 2>/dev/null || whole=false
  read -r p f s <"$reports/$name.counts"
  problem=$(runner_problem "$code" "$whole" "$f")
  [ -z "$problem" ] || f=$((f + 1))
  count "$name" "$p" "$f" "$s"
  cat "$reports/$name.txt"
  if [ -n "$problem" ]; then
    say "  failed   $name $problem; the end of its output:"
    show_end "$name"
  fi
}

# The runner in the background, so that an interrupt reaches us at once; `timeout` ends its children with it.
run_limited() {
  bounded="timeout -k 10 $limit"
  command -v timeout >/dev/null || bounded=
  # shellcheck disable=SC2086
  $bounded $hearing "$@" </dev/null &
  running=$!
  code=0
  wait "$running" || code=$?
  running=
  return "$code"
}

# Prints what failed and what was skipped, leaves the counts in NAME.counts; fails if the report lacks its end.
read_report() {
  echo '0 0 0' >"$reports/$1.counts"
  [ -s "$reports/$1.xml" ] || return 1
  LC_ALL=C awk -v counts="$reports/$1.counts" -f "$root/eng/report.awk" "$reports/$1.xml"
}

# What went wrong besides failed tests, in words; nothing if the status, the report and the failures agree.
runner_problem() {
  case $1 in
    124 | 137) echo "did not end within $limit s" ;;
    0) "$2" || echo "left no whole report" ;;
    *) { "$2" && [ "$3" -gt 0 ]; } || echo "ended with status $1" ;;
  esac
}

# count NAME PASSED FAILED SKIPPED: adds to the sums and says the line.
count() {
  passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
  say "$(printf '%-24s %s passed, %s failed, %s skipped (%s s)' "$1" "$2" "$3" "$4" "$(($(date +%s) - started))")"
}

show_end() {
  tail -n 40 "$reports/$1.out" | sed 's/^/           /'
}

# finish: the sum, alone on the last line.
finish() {
  progress ''
  [ $((passed + failed)) -gt 0 ] || echo 'No test ran.'
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ] || exit 1
  exit 0
}

# finish_unable NAME: the tests cannot run, which counts as one failure.
finish_unable() {
  say "$1: failed"
  [ ! -e "$reports/$1.out" ] || show_end "$1"
  failed=$((failed + 1))
  finish
}
