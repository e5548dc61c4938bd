import { ERRORS, type ErrorCode, MeshError } from '#core/model/errors.ts'
import type { WireError } from './mesh.ts'

/** An error as it may travel: those of the catalogue as they are, others without their inside. */
export function toWireError(error: unknown): WireError {
  if (error instanceof MeshError) return { code: error.code, message: error.message, details: error.details }
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error), details: {} }
}

/** The error the other side threw; INTERNAL where what came is none. */
export function fromWireError(value: unknown): MeshError {
  if (!isObject(value)) return new MeshError('INTERNAL', 'the other host sent an error that cannot be read')
  const { code, message, details } = value
  return new MeshError(
    isErrorCode(code) ? code : 'INTERNAL',
    typeof message === 'string' ? message.slice(0, 4096) : '',
    isObject(details) ? details : {},
  )
}

/** An object that is no array. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isErrorCode = (code: unknown): code is ErrorCode => typeof code === 'string' && Object.hasOwn(ERRORS, code)
