/** Files of the lab: next to it, above it, in the home of who brings it up, and elsewhere. */
export const MANY_FILES: Readonly<Record<string, string>> = {
  'conf/one': 'one\n',
  'a.env': 'FROM=file\nOWN=file\n',
  '/tmp/above.txt': 'from above\n',
  '/root/home.txt': 'of home\n',
  '/srv/abs/x': 'absolute\n',
}

/** As many keys as one machine can show, over two hosts. */
export const MANY_LAB = `name: many
topology:
  defaults: { kind: linux, image: "alpine:3" }
  groups:
    g: { env: { GROUP: of the group }, labels: { team: x } }
  nodes:
    a:
      group: g
      type: big
      labels: { skein/host: m2 }
      hostname: a.example
      user: "0:0"
      entrypoint: sh -c
      cmd: '"echo volume > /data/kept; exec sleep 99999"'
      env-files: [a.env]
      env: { OWN: many-__clabNodeName__ }
      binds:
        - conf:/conf:ro
        - ~/home.txt:/home-file
        - /srv/abs:/abs
        - ../above.txt:/up-file
      volumes: ["many-data:/data"]
      exec: [sh -c 'echo __clabLabName__ __clabNodeName__ > /tmp/ran']
      cpu: 0.5
      cpu-set: "0"
      memory: 64mb
      shm-size: 8MB
      tmpfs: { /scratch: size=1m }
      devices: [/dev/net/tun]
      cap-add: [cap_wake_alarm]
      security-opts: [no-new-privileges]
      sysctls: { net.ipv4.tcp_fin_timeout: 30 }
      restart-policy: always
      image-pull-policy: Never
      startup-delay: 1
      dns: { servers: [9.9.9.9], search: [lab.example] }
      aliases: [a.alias]
      healthcheck: { test: [CMD-SHELL, "test -e /data/kept"], interval: 1, timeout: 2, retries: 30 }
    s1:
      labels: { skein/host: m1 }
      cmd: sh -c "sleep 3; touch /tmp/ok; exec sleep 99999"
      healthcheck: { test: [CMD, test, -e, /tmp/ok], interval: 1, retries: 30 }
    s2:
      labels: { skein/host: m2 }
      stages:
        create:
          wait-for: [{ node: s1, stage: healthy }]
        create-links:
          exec:
            - { command: "sh -c 'ls /sys/class/net > /tmp/before'", phase: on-enter }
            - { command: "sh -c 'ls /sys/class/net > /tmp/after'", phase: on-exit }
            - { command: "sh -c 'echo here > /tmp/mark-__clabNodeName__'", target: host, phase: on-exit }
    s3:
      labels: { skein/host: m1 }
      stages:
        create:
          wait-for: [{ node: s2, stage: create-links }]
    share: { network-mode: "container:s2" }
    onhost: { network-mode: host, labels: { skein/host: m1 } }
    job: { cmd: "true", restart-policy: "no", labels: { skein/host: m1 } }
  links:
    - endpoints: ["a:eth1", "s2:eth1"]
`

/** A node that is healthy once somebody makes it so, and one on the other host that waits for it. */
export const HELD_LAB = `name: held
topology:
  defaults: { kind: linux, image: "alpine:3" }
  nodes:
    w1:
      labels: { skein/host: m1 }
      healthcheck: { test: [CMD, test, -e, /tmp/ok], interval: 1, retries: 100 }
    w2:
      labels: { skein/host: m2 }
      stages: { create: { wait-for: [{ node: w1, stage: healthy }] } }
`

export const PRIVILEGED_LAB = `name: root
topology:
  nodes:
    r: { kind: linux, image: "alpine:3", privileged: true }
`
