# inside.sh - what runs within a simulated host: its first process and its daemons. T, CHECKOUT come from testbed.sh.
# shellcheck shell=bash

host_init() { # runs as PID 1 of the new namespaces; prints "PID START" as seen outside once all is in place
  local h=$1 d=$T/$1 line pid start dir shares
  read -r line </proc/self/stat; pid=${line%% *}; line=${line##*) }
  # shellcheck disable=SC2086 # fields of /proc/PID/stat
  set -- $line; start=${20}
  mount -t overlay -o "lowerdir=/,upperdir=$d/disk,workdir=$d/work" overlay "$d/root"
  cd "$d/root" || die "cannot enter $d/root"
  mount --rbind /dev dev
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts dev/pts
  mount -t tmpfs -o mode=1777 tmpfs dev/shm
  mount -t proc proc proc; mount -t sysfs sysfs sys
  mount -t tmpfs -o mode=755 tmpfs run; mount -t tmpfs -o mode=1777 tmpfs tmp
  cgroup_mount
  [ -e "$d/made" ] || first_boot "$h" "$d"
  # On the disk itself: docker's storage cannot lie on an overlay, and databases want the real file system.
  for dir in docker lxd skein; do mkdir -p "var/lib/$dir"; mount --bind "$d/data/$dir" "var/lib/$dir"; done
  # The live checkout, read-only: an overlay does not reliably show what changes below it.
  mkdir -p ".$CHECKOUT"; mount --rbind "$CHECKOUT" ".$CHECKOUT"; mount -o remount,bind,ro ".$CHECKOUT"
  IFS=: read -r -a shares <<<"/var/cache/skein:${TESTBED_SHARE:-}"
  for dir in "${shares[@]}"; do
    [ ! -d "$dir" ] || { mkdir -p ".$dir"; mount --rbind "$dir" ".$dir"; }
  done
  mount -t tmpfs -o size=4k,mode=700 tmpfs ".$T" # a host sees neither its own disk nor the others'
  mkdir -p .old run/lock run/netns run/openvswitch run/wireguard
  pivot_root . .old; umount -l .old; rmdir .old
  hostname "$h"; ip link set lo up
  sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 || true
  printf '%s %s\n' "$pid" "$start"
  # shellcheck disable=SC2016 # for the inner shell, which collects orphans
  exec busybox sh -c 'exec >/dev/null 2>&1; trap "exit 0" TERM; while :; do sleep 86400 & wait $!; done'
}

first_boot() { # HOST DIR: a host of its own, not a copy of this machine
  rm -rf etc/skein etc/openvswitch var/lib/openvswitch var/log/openvswitch etc/docker
  mkdir -p etc/openvswitch var/lib/openvswitch var/log/openvswitch etc/docker
  printf '%s\n' "$1" >etc/hostname
  printf '127.0.0.1 localhost\n127.0.1.1 %s\n::1 localhost\n' "$1" >etc/hosts
  tr -d - </proc/sys/kernel/random/uuid >etc/machine-id
  cat >etc/docker/daemon.json <<'JSON'
{ "bridge": "none", "iptables": false, "ip6tables": false, "ip-forward": false, "ip-masq": false,
  "live-restore": false, "log-level": "warn", "exec-opts": ["native.cgroupdriver=cgroupfs"] }
JSON
  touch "$2/made"
}

# LXD with a pool of plain folders and nothing else: no profile but its own, no network.
lxd_daemon() {
  local api=(curl -sS --max-time 30 --unix-socket /var/lib/lxd/unix.socket -H 'content-type: application/json')
  command -v lxd >/dev/null || die "TESTBED_LXD is set, and LXD is not installed here; ./install.sh --deps --lxd installs it."
  "${api[@]}" http://lxd/1.0 >/dev/null 2>&1 || setsid lxd --group root </dev/null >>/var/log/lxd.log 2>&1 &
  wait_until 60 "${api[@]}" http://lxd/1.0 || die "LXD does not answer: $(tail -n 3 /var/log/lxd.log)"
  [ "$("${api[@]}" http://lxd/1.0/storage-pools/default | jq -r .type)" = sync ] ||
    "${api[@]}" http://lxd/1.0/storage-pools -d '{"name": "default", "driver": "dir"}' | jq -e '.type == "sync"' >/dev/null ||
    die "LXD makes no storage pool; see /var/log/lxd.log in the host."
}

daemons() { # runs inside a host; starts what does not answer yet
  local db=/etc/openvswitch/conf.db
  { docker version || exec setsid dockerd; } </dev/null >>/var/log/dockerd.log 2>&1 &
  if ! ovs-vsctl --no-wait --timeout=2 show >/dev/null 2>&1; then
    [ -s $db ] || ovsdb-tool create $db /usr/share/openvswitch/vswitch.ovsschema
    ovsdb-server $db -vconsole:off --remote=punix:/run/openvswitch/db.sock --pidfile --detach --no-chdir --log-file
    ovs-vsctl --no-wait init -- set Open_vSwitch . "external_ids:hostname=$HOSTNAME"
    # Must be set before ovs-vswitchd starts; only the userspace datapath knows it.
    [ -e /sys/module/openvswitch ] || ovs-vsctl --no-wait set Open_vSwitch . other_config:userspace-tso-enable=true
  fi
  ovs-appctl --timeout=2 version >/dev/null 2>&1 ||
    ovs-vswitchd -vconsole:off --pidfile --detach --no-chdir --log-file
  [ "${TESTBED_LXD:-}" != 1 ] || lxd_daemon
  wait_until 30 ovs-appctl --timeout=2 version || die "Open vSwitch does not answer; see /var/log/openvswitch in the host."
  wait_until 60 docker version || die "docker does not answer: $(tail -n 3 /var/log/dockerd.log)"
}
