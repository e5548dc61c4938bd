#!/usr/bin/env bash
# images.sh - builds stand-ins for the images that lab files name, from Debian packages, into the docker found here.
# Five layers are made once, kept as a cache, and combined into images that docker loads from a single archive.
set -euo pipefail
HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd -P)
# shellcheck source=scripts/lib.sh
. "$HERE/lib.sh"
CACHE=${SKEIN_IMAGE_CACHE:-/var/cache/skein/images}
LABEL=skein.recipe

usage() {
  cat <<'TEXT'
images.sh                 build what is missing and load it into docker
images.sh --build-only    fill the cache only; needs no docker
images.sh --list          names of the images
images.sh --lxd           build the image for LXD and load it into the LXD found here, as skein-test
images.sh --lxd-file      build it only, and print its path

The cache is /var/cache/skein/images (SKEIN_IMAGE_CACHE): remove that directory to build afresh.
TEXT
}

# Image | layers | entry point | command | more configuration, each as JSON
IMAGES='
quay.io/frrouting/frr:10.5.1|deb net frr|["/sbin/tini","--"]|["/usr/lib/frr/docker-start"]|{}
quay.io/frrouting/frr:10.2.1|deb net frr|["/sbin/tini","--"]|["/usr/lib/frr/docker-start"]|{}
wbitt/network-multitool:3.22.2|deb net|["/sbin/tini","--"]|["sleep","infinity"]|{}
wbitt/network-multitool:alpine-minimal|deb net|["/sbin/tini","--"]|["sleep","infinity"]|{}
skein/net:test|deb net|["/sbin/tini","--"]|["sleep","infinity"]|{}
alpine:3|busybox|null|["/bin/sh"]|{}
alpine:latest|busybox|null|["/bin/sh"]|{}
debian:bookworm-slim|deb|null|["bash"]|{}
ceos:4.32.0F|deb net nos|null|null|{}
ghcr.io/nokia/srlinux:24.10.1|deb net nos|null|null|{}
nginx:stable-alpine|deb nginx|null|["nginx","-g","daemon off;"]|{"ExposedPorts":{"80/tcp":{}},"StopSignal":"SIGQUIT"}
'
# Layer | packages. Each layer holds what its packages need and the layers before it in an image lack.
packages_of() {
  case $1 in
    deb) echo bash coreutils grep sed tini ;;
    net) echo iproute2 iputils-ping iperf3 tcpdump ethtool curl traceroute ;;
    frr) echo frr libpam-modules ;;
    nginx) echo nginx-light ;;
  esac
}
below() { case $1 in frr) echo deb net ;; net | nginx) echo deb ;; esac; }
PACKAGED='deb net frr nginx'
LAYERS="busybox nos $PACKAGED"
# Needed only to install packages on a living system: taken for present.
ASSUMED='adduser base-files cron cron-daemon-common debconf debianutils dpkg init-system-helpers krb5-locales
libpam-runtime logrotate lsb-base lsof mawk passwd perl-base sensible-utils sysvinit-utils tar usr-is-merged'

names() { local n; while IFS='|' read -r n _; do [ -z "$n" ] || echo "$n"; done <<<"$IMAGES"; }

recipe() { { find "$HERE/images.sh" "$HERE/images" -type f | sort | xargs cat; dpkg --print-architecture; . /etc/os-release; echo "$ID $VERSION_ID"; } | sha256sum | cut -c1-16; }

# --- Packages --------------------------------------------------------------------------------------------------------
# apt: resolves and downloads against a package database of our own, in which nothing but ASSUMED is installed.
apt() {
  apt-get -y -qq -o Dir::State::status="$WORK/status" -o Dir::Cache::archives="$WORK/debs/" -o Debug::NoLocking=1 \
    -o APT::Install-Recommends=false -o APT::Sandbox::User=root "$@"
}

resolve() { # LAYER: writes WORK/LAYER.all, everything that it and the layers below need
  local l wanted=()
  for l in $(below "$1") "$1"; do mapfile -t -O "${#wanted[@]}" wanted < <(packages_of "$l" | tr ' ' '\n'); done
  apt -s install "${wanted[@]}" 2>"$WORK/$1.log" | awk '$1 == "Inst" { print $2 }' | sort >"$WORK/$1.all"
  [ -s "$WORK/$1.all" ]
}

resolve_all() { # writes WORK/LAYER.list, what the layer adds to those below
  local l b failed='' jobs=()
  for l in $PACKAGED; do resolve "$l" & jobs+=($!); done
  for l in "${jobs[@]}"; do wait "$l" || failed=1; done
  [ -z "$failed" ] || return 1
  for l in $PACKAGED; do
    for b in $(below "$l"); do cat "$WORK/$b.all"; done | sort -u | comm -13 - "$WORK/$l.all" >"$WORK/$l.list"
  done
}

download() {
  local p all
  mkdir -p "$WORK/debs/partial"
  for p in $ASSUMED; do
    printf 'Package: %s\nStatus: install ok installed\nMulti-Arch: foreign\nArchitecture: %s\nMaintainer: -\nVersion: 999:1\nDescription: -\n\n' \
      "$p" "$(dpkg --print-architecture)"
  done >"$WORK/status"
  if ! resolve_all; then
    note "  fetching the package lists (apt-get update)"
    apt-get -qq update || note "  apt-get update had errors; going on"
    resolve_all || die "apt cannot find the packages: $(cat "$WORK"/*.log | tail -n 1) Check /etc/apt/sources.list."
  fi
  mapfile -t all < <(sort -u "$WORK"/*.list)
  apt --download-only install "${all[@]}" >"$WORK/download.log" 2>&1 || { tail -n 3 "$WORK/download.log" >&2; die "the packages could not be downloaded; check the network and run this again."; }
}

# --- Layers ----------------------------------------------------------------------------------------------------------
skeleton() { # ROOT: directories and links that every layer repeats
  mkdir -p "$1"/{etc,usr/bin,usr/sbin,usr/lib,var}
  local d; for d in bin sbin lib; do ln -s "usr/$d" "$1/$d"; done
  [ ! -e /lib64 ] || { mkdir -p "$1/usr/lib64"; ln -s usr/lib64 "$1/lib64"; }
  ln -s /run "$1/var/run"
}

ground() { # ROOT: the least a system has
  mkdir -p "$1"/{dev,proc,sys,root,home,run,srv,opt,mnt,var/log,var/lib,var/cache,usr/local/bin}
  install -d -m 1777 "$1/tmp" "$1/var/tmp"
  cp "$HERE/images/passwd" "$HERE/images/group" "$1/etc/"
  printf 'passwd: files\ngroup: files\nhosts: files dns\n' >"$1/etc/nsswitch.conf"
  printf 'PS1="\\h:\\w\\$ "\n' >"$1/etc/profile"
  cp /etc/os-release "$1/etc/os-release"
}

applets() { # ROOT: busybox for every command that no package brought
  local a
  install -m 755 "$(command -v busybox)" "$1/usr/bin/busybox"
  for a in $("$1/usr/bin/busybox" --list); do
    [ -e "$1/usr/bin/$a" ] || [ -e "$1/usr/sbin/$a" ] || ln -s busybox "$1/usr/bin/$a"
  done
}

layer() { # NAME: makes WORK/NAME/layer.tar
  local n=$1 r=$WORK/$1.root p f
  skeleton "$r"
  if [ -e "$WORK/$n.list" ]; then
    while read -r p; do
      f=$(compgen -G "$WORK/debs/${p}_*.deb") || die "the package $p was not downloaded."
      dpkg-deb --fsys-tarfile "$f" | tar -x -C "$r" --keep-directory-symlink --exclude='./usr/share/doc/*' \
        --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' --exclude='./usr/share/info/*' \
        --exclude='./usr/share/lintian/*' --exclude='./usr/share/bash-completion/*' --exclude='./lib/systemd/*' \
        --exclude='./usr/lib/*/gconv/*' --exclude='./usr/lib/*/perl*' --exclude='./usr/share/yang/*.md'
    done <"$WORK/$n.list"
  fi
  "finish_$n" "$r"
  mkdir "$WORK/$n"
  tar -C "$r" --sort=name --numeric-owner --mtime=@0 -cf "$WORK/$n/layer.tar" .
  rm -rf "$r"
}

finish_busybox() { ground "$1"; applets "$1"; }
finish_deb() { ground "$1"; applets "$1"; ln -sf ../bin/tini "$1/usr/sbin/tini"; ln -sf bash "$1/usr/bin/sh"; }
finish_net() { ln -sf traceroute.db "$1/usr/bin/traceroute"; }
finish_frr() {
  printf '%s required pam_permit.so\n' auth account >"$1/etc/pam.d/frr"
  install -m 755 "$HERE/images/frr-start" "$1/usr/lib/frr/docker-start"
  echo 'service integrated-vtysh-config' >"$1/etc/frr/vtysh.conf"
  install -d -m 775 -o 100 -g 101 "$1/run/frr" "$1/var/log/frr" "$1/var/tmp/frr" "$1/etc/frr"
  chmod 1777 "$1/var/tmp"
  chown 100:102 "$1/etc/frr/vtysh.conf"; chown 100:101 "$1/etc/frr/daemons"
}
# Stand-ins for network operating systems of vendors: their commands, and what their containers start.
finish_nos() {
  install -d "$1/mnt/flash" "$1/opt/srlinux/bin" "$1/etc/opt/srlinux"
  install -m 755 "$HERE/images/nos/init" "$1/usr/sbin/init"
  install -m 755 "$HERE/images/nos/Cli" "$1/usr/bin/Cli"
  install -m 755 "$HERE/images/nos/sr_linux" "$HERE/images/nos/sr_cli" "$1/opt/srlinux/bin/"
  install -m 755 "$HERE/images/nos/sudo" "$1/usr/bin/sudo"
}
finish_nginx() {
  mkdir -p "$1/usr/share/nginx/html" "$1/var/log/nginx" "$1/var/lib/nginx" "$1/etc/nginx/conf.d"
  cp "$HERE/images/nginx.conf" "$1/etc/nginx/nginx.conf"
  echo '<!doctype html><title>nginx</title><h1>It works</h1>' >"$1/usr/share/nginx/html/index.html"
  ln -s /dev/stdout "$1/var/log/nginx/access.log"; ln -s /dev/stderr "$1/var/log/nginx/error.log"
}

# --- Images ----------------------------------------------------------------------------------------------------------
describe() { # writes the configuration of each image and manifest.json
  local name layers entry cmd more id l ids list
  declare -A digest
  for l in $LAYERS; do digest[$l]=sha256:$(sha256sum <"$WORK/$l/layer.tar" | cut -d' ' -f1); done
  while IFS='|' read -r name layers entry cmd more; do
    [ -n "$name" ] || continue
    ids=() list=()
    for l in $layers; do ids+=("${digest[$l]}"); list+=("$l/layer.tar"); done
    id=${name//[^a-z0-9.]/-}
    jq -n --arg arch "$(dpkg --print-architecture)" --arg key "$LABEL" --arg recipe "$RECIPE" --argjson more "$more" \
      --argjson entry "$entry" --argjson cmd "$cmd" \
      '{architecture: $arch, os: "linux", created: "1970-01-01T00:00:00Z", rootfs: {type: "layers", diff_ids: $ARGS.positional},
        config: ({Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], Entrypoint: $entry, Cmd: $cmd,
                  Labels: {($key): $recipe}} + $more)}' --args "${ids[@]}" >"$WORK/$id.json"
    jq -n --arg c "$id.json" --arg n "$name" '{Config: $c, RepoTags: [$n], Layers: $ARGS.positional}' --args "${list[@]}"
  done <<<"$IMAGES" | jq -s . >"$WORK/manifest.json"
}

build() { # makes TARBALL; a run that is interrupted leaves nothing but a directory that the next run removes
  local begin l jobs=()
  mkdir -p "$CACHE"; exec 9>"$CACHE/lock"; flock 9
  [ ! -s "$TARBALL" ] || { exec 9>&-; return 0; }
  rm -rf "$CACHE"/build.*; WORK=$(mktemp -d "$CACHE/build.XXXXXX"); trap 'rm -rf "$WORK"' EXIT; trap 'exit 130' INT TERM
  now_ms; begin=$NOW_MS
  note "  downloading packages"; download
  note "  making layers"
  for l in $LAYERS; do layer "$l" & jobs+=($!); done
  for l in "${jobs[@]}"; do wait "$l" || die "a layer could not be made."; done
  describe
  find "$CACHE" -name '*.tar' -mtime +7 -delete
  (cd "$WORK" && tar --mtime=@0 -cf "$WORK.tar" ./*.json ./*/layer.tar --transform='s,^\./,,')
  mv "$WORK.tar" "$TARBALL"; exec 9>&-
  seconds_since "$begin"; note "  built in ${SECONDS_SINCE} s: $TARBALL ($(($(stat -c %s "$TARBALL") / 1048576)) MB)"
}

# --- LXD -------------------------------------------------------------------------------------------------------------
LXD_SOCKET=${SKEIN_LXD_SOCKET:-/var/lib/lxd/unix.socket}
LXD_ALIAS=skein-test
lxd_api() { curl -sS --fail-with-body --max-time 120 --unix-socket "$LXD_SOCKET" "$@"; }

# lxd_build: makes LXD_FILE, a unified image: busybox with an init that does nothing but collect orphans.
lxd_build() {
  local w
  build
  LXD_FILE=$CACHE/$RECIPE-lxd.tar.gz
  [ ! -s "$LXD_FILE" ] || return 0
  w=$(mktemp -d "$CACHE/lxd.XXXXXX"); mkdir "$w/rootfs"
  tar -xOf "$TARBALL" busybox/layer.tar | tar -x -C "$w/rootfs"
  # LXD says stop by the signal PWR.
  rm -f "$w/rootfs/usr/sbin/init" "$w/rootfs/usr/bin/init"
  printf '#!/bin/sh\ntrap "exit 0" PWR TERM\nwhile :; do sleep 86400 & wait $!; done\n' >"$w/rootfs/usr/sbin/init"
  chmod 755 "$w/rootfs/usr/sbin/init"
  printf 'architecture: %s\ncreation_date: 1700000000\nproperties: {os: busybox, description: lab node of busybox}\n' \
    "$(uname -m)" >"$w/metadata.yaml"
  find "$CACHE" -name '*-lxd.tar.gz' -mtime +7 -delete
  tar -C "$w" --sort=name --numeric-owner --mtime=@0 -c metadata.yaml rootfs | gzip -n >"$w.tar.gz"
  mv "$w.tar.gz" "$LXD_FILE"; rm -rf "$w"
}

lxd_load() { # nothing to do where the alias is there with this very image
  local fingerprint operation
  lxd_build
  fingerprint=$(sha256sum <"$LXD_FILE" | cut -d' ' -f1)
  [ "$(lxd_api "http://lxd/1.0/images/aliases/$LXD_ALIAS" 2>/dev/null | jq -r .metadata.target)" != "$fingerprint" ] || return 0
  if ! lxd_api "http://lxd/1.0/images/$fingerprint" >/dev/null 2>&1; then
    operation=$(lxd_api -X POST -H 'content-type: application/octet-stream' --data-binary "@$LXD_FILE" http://lxd/1.0/images | jq -r .operation)
    lxd_api "http://lxd$operation/wait?timeout=100" | jq -e '.metadata.status_code == 200' >/dev/null || die "LXD did not take $LXD_FILE."
  fi
  lxd_api -X DELETE "http://lxd/1.0/images/aliases/$LXD_ALIAS" >/dev/null 2>&1 || true
  lxd_api -H 'content-type: application/json' -d "{\"name\": \"$LXD_ALIAS\", \"target\": \"$fingerprint\"}" http://lxd/1.0/images/aliases >/dev/null
  note "  LXD has $LXD_ALIAS"
}

loaded() { # true when every image is there with this recipe
  local all; mapfile -t all < <(names)
  [ "$(docker image inspect -f "{{index .Config.Labels \"$LABEL\"}}" "${all[@]}" 2>/dev/null | grep -cFx "$RECIPE")" = "${#all[@]}" ]
}

main() {
  local begin gone
  case ${1:-} in
    --list) names; return ;;
    '' | --build-only | --lxd | --lxd-file) ;;
    -h | --help) usage; return ;;
    *) die "unknown option '$1'; images.sh --help lists them." ;;
  esac
  require_root "building images"
  gone=$(missing_commands apt-get dpkg-deb busybox jq tar flock)
  [ -z "$gone" ] || die "missing here: $gone; on Debian and Ubuntu ./install.sh --deps installs them."
  ! ldd "$(command -v busybox)" >/dev/null 2>&1 || die "busybox here is not the static one; install it: apt-get install busybox-static"
  RECIPE=$(recipe); TARBALL=$CACHE/$RECIPE.tar
  case ${1:-} in
    --build-only) build; return ;;
    --lxd-file) lxd_build; echo "$LXD_FILE"; return ;;
    --lxd) lxd_load; return ;;
  esac
  docker version >/dev/null 2>&1 || die "docker does not answer here; start it, or fill the cache alone: images.sh --build-only"
  if loaded; then note "all images are in docker already"; return; fi
  build
  now_ms; begin=$NOW_MS
  docker load -q -i "$TARBALL" >/dev/null || die "docker could not load $TARBALL; remove it and try again."
  seconds_since "$begin"; note "  loaded $(names | wc -l) images in ${SECONDS_SINCE} s"
}
main "$@"
