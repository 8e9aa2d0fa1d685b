# What the scripts share; to be sourced, after `set -euo pipefail`.
#
#   ROOT                the checkout
#   say TEXT            one line to stderr, for people
#   die TEXT            the same, and exit 1
#   parallel_jobs       how many compilers this machine can feed at once
#   build PRESET [...]  configures where needed and builds the targets named (all, if none is)

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

say() { printf '%s\n' "$*" >&2; }

die() {
  say "$(basename "$0"): $*"
  exit 1
}

# A compiler that sees a gRPC stub takes 340 MB, a third more under a sanitizer.
parallel_jobs() {
  local processors memory_kb fit
  processors=$(nproc)
  memory_kb=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo)
  fit=$((memory_kb / (450 * 1024)))
  ((fit > processors)) && fit=$processors
  ((fit < 1)) && fit=1
  echo "$fit"
}

# ccache keeps its files under HOME: some CI machines have none that can be written.
use_a_cache_that_can_be_written() {
  if [[ -z ${CCACHE_DIR:-} && ! -w ${HOME:-/nonexistent} ]]; then
    export CCACHE_DIR=$ROOT/build/ccache
  fi
}

build() {
  local preset=$1
  shift
  mkdir -p "$ROOT/build" && [[ -w $ROOT/build ]] ||
    die "cannot write $ROOT/build: it belongs to $(stat -c %U "$ROOT/build"), this is $(id -un)"
  use_a_cache_that_can_be_written
  (
    cd "$ROOT"
    cmake --preset "$preset" >"build/configure-$preset.log" 2>&1 ||
      { cat "build/configure-$preset.log" >&2 && exit 1; }
    cmake --build --preset "$preset" --parallel "$(parallel_jobs)" ${1:+--target "$@"}
  )
}

# The C++ files that git tracks and that are still there; without git, all but those of builds.
tracked_code() {
  local path
  (
    cd "$ROOT"
    git ls-files '*.h' '*.cc' 2>/dev/null ||
      find . \( -name build -o -name '.?*' \) -prune -o \( -name '*.h' -o -name '*.cc' \) -print
  ) | while read -r path; do [[ ! -f $ROOT/$path ]] || echo "$path"; done
}
