# lib.sh - shell functions shared by the scripts here. Source it; it runs nothing by itself.
# shellcheck shell=bash

die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }
note() { printf '%s\n' "$*" >&2; }

# now_ms: milliseconds since the epoch, without a fork.
now_ms() { local t=${EPOCHREALTIME/[.,]/}; NOW_MS=$((t / 1000)); }
# seconds_since MS: sets SECONDS_SINCE to "1.3".
# shellcheck disable=SC2034 # for the caller
seconds_since() { local d; now_ms; d=$((NOW_MS - $1)); printf -v SECONDS_SINCE '%d.%d' $((d / 1000)) $((d % 1000 / 100)); }

# wait_until SECONDS CMD...: polls until CMD succeeds; 1 when the time is over.
wait_until() {
  local end; now_ms; end=$((NOW_MS + $1 * 1000)); shift
  # A subshell, so that a trap of the caller's still writes to the caller's output.
  until ("$@") >/dev/null 2>&1; do
    now_ms; [ "$NOW_MS" -lt "$end" ] || return 1
    sleep 0.05
  done
}

# missing_commands CMD...: prints those that are not on the PATH, on one line.
missing_commands() {
  local c out=()
  for c; do command -v "$c" >/dev/null || out+=("$c"); done
  printf '%s' "${out[*]}"
}

# require_root WHY: root, or one clear sentence.
require_root() { [ "$EUID" = 0 ] || die "$1 needs root; run it again as root or with sudo."; }
