# cgroup.sh - the control groups of a simulated host: one group of the same name in each hierarchy.
# shellcheck shell=bash
#
# Layouts: version 2 alone (one tree), version 1 (a tree per controller), and version 1 with an empty version 2
# tree in "unified". CGROUP_ROOTS holds the trees.
cgroup_roots() {
  local d
  CGROUP_ROOTS=() CGROUP_V2=
  if [ -e /sys/fs/cgroup/cgroup.controllers ]; then CGROUP_ROOTS=(/sys/fs/cgroup) CGROUP_V2=1; return; fi
  for d in /sys/fs/cgroup/*; do [ -L "$d" ] || [ ! -e "$d/cgroup.procs" ] || CGROUP_ROOTS+=("$d"); done
}

cgroup_make() { # NAME
  local r k c
  for r in "${CGROUP_ROOTS[@]}"; do
    if [ -n "$CGROUP_V2" ]; then
      for c in $(<"$r/cgroup.controllers"); do echo "+$c" 2>/dev/null >"$r/cgroup.subtree_control" || true; done
    fi
    mkdir -p "$r/$1" || die "cannot make the control group $r/$1 (is $r mounted read-only, as in a container?)."
    # A new cpuset has neither processors nor memory, and nothing may join it until it has both.
    if [ -e "$r/$1/cpuset.cpus" ] && [ -z "$CGROUP_V2" ]; then
      for k in cpus mems; do cat "$r/cpuset.$k" >"$r/$1/cpuset.$k"; done
    fi
    # Without a share of its own a whole host weighs as one process against everything outside it.
    if [ -e "$r/$1/cpu.shares" ]; then echo 4096 >"$r/$1/cpu.shares"; fi
    if [ -n "$CGROUP_V2" ] && [ -e "$r/$1/cpu.weight" ]; then echo 400 >"$r/$1/cpu.weight"; fi
  done
}

# cgroup_join NAME: moves the calling shell. Entering a cgroup namespace alone moves nothing.
cgroup_join() {
  local r f
  for r in "${CGROUP_ROOTS[@]}"; do
    f=$r/$1/init/cgroup.procs
    [ -e "$f" ] || f=$r/$1/cgroup.procs
    [ ! -e "$f" ] || echo "$BASHPID" >"$f" || die "cannot join the control group ${f%/*}."
  done
}

# cgroup_delegate NAME: in version 2 a group with processes cannot share out controllers, so they move to a leaf.
cgroup_delegate() {
  local g=/sys/fs/cgroup/$1 p c
  [ -n "$CGROUP_V2" ] || return 0
  mkdir -p "$g/init"
  while read -r p; do echo "$p" 2>/dev/null >"$g/init/cgroup.procs" || true; done <"$g/cgroup.procs"
  for c in $(<"$g/cgroup.controllers"); do echo "+$c" 2>/dev/null >"$g/cgroup.subtree_control" || true; done
}

# cgroup_kill NAME: SIGKILL to everything in the group and below it, until nothing is left (5 s at most).
cgroup_kill() {
  local r f pids
  for _ in {1..100}; do
    pids=()
    for r in "${CGROUP_ROOTS[@]}"; do
      [ -d "$r/$1" ] || continue
      while read -r f; do mapfile -t -O "${#pids[@]}" pids <"$f"; done < <(find "$r/$1" -name cgroup.procs 2>/dev/null)
    done
    [ "${#pids[@]}" -gt 0 ] || return 0
    kill -9 "${pids[@]}" 2>/dev/null || true
    sleep 0.05
  done
  return 1
}

cgroup_remove() { # NAME
  local r
  for r in "${CGROUP_ROOTS[@]}"; do
    for _ in {1..60}; do
      [ -d "$r/$1" ] || break
      find "$r/$1" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.05
    done
    [ ! -d "$r/$1" ] || note "control group $r/$1 is still busy; run this again."
  done
}

# cgroup_mount: mounts the trees below ./sys/fs/cgroup, seen from the caller's own cgroup namespace.
cgroup_mount() {
  local r n l
  if [ -n "$CGROUP_V2" ]; then mount -t cgroup2 cgroup2 sys/fs/cgroup; return; fi
  mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup
  for r in "${CGROUP_ROOTS[@]}"; do
    n=${r##*/}; mkdir "sys/fs/cgroup/$n"
    case $n in
      unified) mount -t cgroup2 cgroup2 "sys/fs/cgroup/$n" ;;
      systemd) mount -t cgroup -o none,name=systemd cgroup "sys/fs/cgroup/$n" ;;
      *) mount -t cgroup -o "$n" cgroup "sys/fs/cgroup/$n" ;;
    esac
  done
  for l in /sys/fs/cgroup/*; do [ ! -L "$l" ] || cp -P "$l" sys/fs/cgroup/; done
}
