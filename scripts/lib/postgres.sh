# A PostgreSQL cluster of one's own, for scripts; to be sourced, after `set -euo pipefail`.
#
#   skald_pg_start DIR PORT   makes a cluster in DIR, which must not exist, and starts it on
#                             127.0.0.1:PORT and a unix socket in DIR. User skald, no password.
#   skald_pg_stop DIR         stops it and removes DIR
#
# PostgreSQL refuses to run as root: then it runs as `postgres`, or else as `nobody`. A watchdog
# does what skald_pg_stop does when the script that started the cluster dies without it.

skald_pg_programs() {
  local newest
  newest=$(find /usr/lib/postgresql -maxdepth 3 -path '*/bin/postgres' 2>/dev/null |
    sort -V | tail -n 1)
  if [[ -z $newest ]]; then
    echo "there is no PostgreSQL server under /usr/lib/postgresql" >&2
    return 1
  fi
  dirname "$newest"
}

# Runs a program of PostgreSQL's as a user that it accepts.
skald_pg_run() {
  local program=$1 user=postgres group
  shift
  program=$(skald_pg_programs)/$program
  if ((EUID != 0)); then
    "$program" "$@"
    return
  fi
  getent passwd "$user" >/dev/null || user=nobody
  group=$(id -gn "$user")
  setpriv --reuid="$user" --regid="$group" --init-groups -- "$program" "$@"
}

skald_pg_start() {
  local dir=$1 port=$2 options
  mkdir "$dir" || return 1
  dir=$(cd "$dir" && pwd)
  if ((EUID == 0)); then
    chown "$(id -u postgres 2>/dev/null || id -u nobody)" "$dir"
  fi
  # The folder may be made anew by another script while this one's watchdog still sleeps.
  echo "$$" >"$dir/owner"
  setsid --fork bash -c '
    trap "" HUP INT TERM
    source "$1"
    ours() { [[ $(cat "$3/owner") == "$2" ]]; }
    while kill -0 "$2" && ours "$@"; do sleep 1; done
    ! ours "$@" || skald_pg_stop "$3"' watchdog "${BASH_SOURCE[0]}" "$$" "$dir" \
    </dev/null >/dev/null 2>&1
  (
    cd "$dir"
    skald_pg_run initdb --pgdata="$dir/data" --username=skald --auth=trust --encoding=UTF8 \
      --locale=C.UTF-8 --no-sync >"$dir/initdb.log"
    # pg_ctl hands the options to a shell: they must stay on one line.
    options="-c port=$port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$dir"
    options+=" -c shared_buffers=64MB -c max_connections=60"
    skald_pg_run pg_ctl start --pgdata="$dir/data" --log="$dir/log" --wait --silent \
      --options="$options" </dev/null
  )
}

skald_pg_stop() {
  local dir=$1
  dir=$(cd "$dir" && pwd) || return 0
  (
    cd "$dir"
    skald_pg_run pg_ctl stop --pgdata="$dir/data" --mode=immediate --wait --silent
  ) || true
  rm -rf "$dir"
}
