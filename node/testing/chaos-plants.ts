import type { Testbed } from './testbed.ts'

/**
 * Things of other people on a host: none carries our mark, all must outlive everything. A file for each sort says that it was planted: in /run, so that
 * a power cut takes it with what the kernel held.
 */
const PLANT = `
docker inspect chaos >/dev/null 2>&1 || docker run -d --name chaos --network none alpine:3 sleep 1000000 >/dev/null
docker network inspect chaosnet >/dev/null 2>&1 || docker network create chaosnet >/dev/null
docker inspect -f '{{.Id}}' chaos >/var/lib/skein-chaos
ovs-vsctl --timeout=15 --may-exist add-br chaosbr -- set Bridge chaosbr datapath_type=netdev
exec 9>/run/chaos-plants; flock 9
if ovs-vsctl --timeout=15 br-exists skein0; then
  ovs-vsctl --timeout=15 --may-exist add-port skein0 chaosport -- set Interface chaosport type=internal; touch /run/chaos-port
fi
if [ ! -e /run/chaos-kernel ]; then
  ip link add chaos0 type veth peer name chaos1
  ip link add chaosbr0 type bridge
  ip link add chaosvx type vxlan id 99 local 127.0.0.1 dstport 4790 nolearning
  wireguard-go chaoswg >/dev/null 2>&1 9>&-
  touch /run/chaos-kernel
fi`

/** Names each planted thing that is gone. */
const MISSING = `
[ "$(docker inspect -f '{{.Id}}' chaos)" = "$(cat /var/lib/skein-chaos)" ] || echo container chaos
docker network inspect chaosnet >/dev/null || echo docker network chaosnet
ovs-vsctl --timeout=15 br-exists chaosbr || echo bridge chaosbr
[ ! -e /run/chaos-port ] || ovs-vsctl --timeout=15 list-ports skein0 | grep -qx chaosport || echo port chaosport
[ ! -e /run/chaos-kernel ] || for d in chaos0 chaos1 chaosbr0 chaosvx chaoswg; do [ -e /sys/class/net/$d ] || echo device $d; done`

/** A container, a docker network, a bridge, a port of our bridge, devices and a WireGuard interface; what is there already stays. */
export const plant = async (bed: Testbed, host: string): Promise<void> =>
  void (await bed.run(host, ['sh', '-ec', PLANT], { timeoutMs: 60_000 }))

/** What was planted and is gone, in words. */
export const missingPlants = async (bed: Testbed, host: string): Promise<readonly string[]> => {
  const { stdout } = await bed.run(host, ['sh', '-c', MISSING], { timeoutMs: 60_000 })
  return stdout.split('\n').filter((line) => line !== '')
}
