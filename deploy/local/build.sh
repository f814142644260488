#!/usr/bin/env bash
# Builds bin/seax-local. The first build compiles a whole Temporal server and takes minutes, in which this shows how far
# it is; when nothing has changed it takes a second or two and says nothing.
#
# Usage: deploy/local/build.sh [output file]
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
output=${1:-$here/../../bin/seax-local}
mkdir -p "$(dirname "$output")"
output=$(cd "$(dirname "$output")" && pwd)/$(basename "$output")
cd "$here"

# Without debug information the binary is a third smaller; stack traces keep their names and lines.
build=(go build -buildvcs=false "-ldflags=-s -w" -o "$output")
log=$(mktemp)
job=
trap '[ -z "$job" ] || kill "$job" 2>/dev/null || true; rm -f "$log"' EXIT
trap 'exit 130' INT TERM

# report <text>: one line that is updated on a terminal, a new line every 10 seconds elsewhere.
reported=-10
report() {
  if [ -t 2 ]; then
    printf '\r\033[K%s' "$1" >&2
  elif [ $((SECONDS - reported)) -ge 10 ]; then
    reported=$SECONDS
    printf '%s\n' "$1" >&2
  fi
}

# count <pattern>: lines of the build's log.
count() { grep -c "$1" "$log" || true; }

# With -v, go names each package that it compiles, and before that says which modules it downloads.
total=
progress() {
  local compiled downloaded
  compiled=$(count '^[^# :]*$') downloaded=$(count '^go: downloading')
  if [ "$compiled" -eq 0 ] && [ "$downloaded" -gt 0 ]; then
    report "Downloading what it is built from: $downloaded modules so far ($((SECONDS / 60)) min $((SECONDS % 60)) s)"
    return
  fi
  if [ "$compiled" -eq 0 ]; then
    report "Building ($((SECONDS / 60)) min $((SECONDS % 60)) s)"
    return
  fi
  # What was compiled earlier is not compiled again, so this is an upper bound.
  total=${total:-$(go list -deps . 2>/dev/null | wc -l | tr -d ' ')}
  report "Compiling: $compiled of at most $total packages ($((SECONDS / 60)) min $((SECONDS % 60)) s)"
}

"${build[@]}" -v . >/dev/null 2>"$log" &
job=$!
announced=
while kill -0 "$job" 2>/dev/null; do
  if [ "$SECONDS" -ge 4 ]; then
    if [ -z "$announced" ]; then
      announced=yes
      echo "Building bin/seax-local, Temporal server included. The first time takes several minutes, later ones seconds." >&2
    fi
    progress
  fi
  sleep 0.2
done
status=0
wait "$job" || status=$?
job=
if [ -n "$announced" ] && [ -t 2 ]; then
  printf '\r\033[K' >&2
fi
if [ "$status" -ne 0 ]; then
  # Once more without -v, with what has succeeded in the cache: only the errors.
  "${build[@]}" .
fi
