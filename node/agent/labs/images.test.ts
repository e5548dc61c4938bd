import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { LabIntent, LabNode } from '#core/model/lab.ts'
import { imageId } from '#core/model/resource-ids.ts'
import { type AgentHost, type AgentMesh, createAgentMesh } from '#testing/agent-mesh.ts'
import { labSample } from '#testing/lab-samples.ts'
import { pass, until, useVirtualTime } from '#testing/virtual-time.ts'

const none: ReadonlyMap<string, Uint8Array> = new Map()
const [A, B] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`]
const lab = (pull?: LabNode['pull'], env: Readonly<Record<string, string>> = {}): LabIntent => {
  const intent = labSample({ name: 'one', nodes: { r1: { host: 'a', env }, r2: { host: 'b' } } })
  return pull === undefined ? intent : { ...intent, nodes: intent.nodes.map((node) => ({ ...node, pull })) }
}

/** Puts an image there under this name, as somebody does by hand. */
const put = (host: AgentHost, name: string, digest: string): void => {
  for (const one of [name, digest])
    host.toy.there.set(imageId(one), { kind: 'image', id: imageId(one), needs: [], name: one, digest })
}

describe('images of a lab', () => {
  useVirtualTime()
  let mesh: AgentMesh
  let a: AgentHost
  let b: AgentHost
  beforeEach(async () => {
    mesh = await createAgentMesh({ sweepMs: 500 })
    a = mesh.first
    b = await mesh.join('b')
    a.fetchable = b.fetchable = []
  })
  afterEach(() => mesh[Symbol.asyncDispose]())
  const up = () => until('up', () => a.agent.lab('one').state === 'up')
  const made = (host: AgentHost): readonly string[] => host.toy.done.filter((op) => op.includes('image/'))

  test('one host that has it is enough; the others get that very image, and a lab asked for again is the same', async () => {
    put(a, 'alpine', A)
    await pass(2_000)
    const first = await a.agent.submit(lab(), none)
    expect(first).toMatchObject({ generation: 1, notes: ['image alpine comes to b from a'] })
    await up()
    expect([made(a), made(b)]).toEqual([[], [`create image/${A}`]])
    expect(await b.agent.submit(lab(), none)).toMatchObject({ generation: 1 })
    const rows = await b.agent.images()
    expect(rows).toEqual([{ lab: 'one', image: 'alpine', id: A, hosts: ['a', 'b'], others: [] }])
  })

  test('where a name stands for another image, that stays, and the lab runs its own; also after an edit', async () => {
    put(a, 'alpine', A)
    put(b, 'alpine', B)
    await pass(2_000)
    const note = 'image alpine is another on b than on a; the lab runs that of a (aaaaaaaaaaaa) everywhere'
    expect((await a.agent.submit(lab(), none)).notes).toEqual([note])
    await up()
    expect(b.toy.there.get(imageId('alpine'))).toMatchObject({ digest: B })
    put(a, 'alpine', B)
    await pass(2_000)
    expect(await b.agent.submit(lab(undefined, { X: '1' }), none)).toMatchObject({ generation: 2 })
    await until('the new one', () => a.agent.lab('one').generation === 2)
    expect((await b.agent.images())[0]).toMatchObject({ id: A, others: expect.arrayContaining(['a']) })
  })

  test('what must be on the host is not brought there', async () => {
    put(a, 'alpine', A)
    await pass(2_000)
    await expect(a.agent.submit(lab('never'), none)).rejects.toMatchObject({
      code: 'IMAGE_MISSING',
      details: { reasons: ['image alpine (r2) is not on b and cannot be fetched there; a has it'] },
    })
  })
})
