import { describe, expect, it } from 'vitest'
import { ApiError, asApiError, errorBody, part } from './api.ts'

describe('an answer that is an error', () => {
  it('keeps what is of the one shape, and nothing else', () => {
    const body = { error: 'NO_QUORUM', message: 'm', hint: 'h', details: { a: 1 } }
    expect(errorBody(JSON.stringify({ ...body, more: 1 }))).toEqual(body)
    expect(errorBody(JSON.stringify({ error: 5, message: {}, details: 'x', hint: 'h' }))).toEqual({ hint: 'h' })
  })

  it.each(['', '<html>', 'null', '[]', '7'])('"%s" is of no shape', (text) => expect(errorBody(text)).toEqual({}))

  it('says what to do where the host did not', () => {
    expect(new ApiError(502, {})).toMatchObject({
      code: 'UNREACHABLE',
      message: 'the host answered 502',
      hint: expect.any(String),
    })
    expect(asApiError(new Error('x'))).toMatchObject({ code: 'INTERNAL', message: 'x' })
  })
})

it('a part of a path is no path', () => expect(part('../a b')).toBe('..%2Fa%20b'))
