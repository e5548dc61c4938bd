import { createAuthority, createTestIdentity, entryOf, freePort, TestHost } from './mesh-support.ts'
const ca = await createAuthority('m1')
const hosts: TestHost[] = []
for (const n of ['a','b','c']) hosts.push(new TestHost(await createTestIdentity(ca,{name:n}), await freePort(), {probeMs:200}))
const [a,b,c]=hosts as [TestHost,TestHost,TestHost]
const e=(l:TestHost[])=>l.map(x=>entryOf(x.identity,x.port))
b.setRoster(e([a,b])); a.setRoster(e([a,b,c])); const r=a.publishRoster(); c.setRoster(e([a,b,c])); c.onRecord(r)
await b.mesh.start(); await c.mesh.start()
const t0=performance.now()
const timer=setInterval(()=>{console.log(Math.round(performance.now()-t0),[b,c].map(h=>h.mesh.connected().length+' '+JSON.stringify(Object.fromEntries(h.counts))+' '+h.events.map(e=>e.connected+e.reason).slice(-3)).join('\n   '))},700)
setTimeout(async()=>{clearInterval(timer);for (const h of [b,c]) await h.mesh.stop()},6000)
