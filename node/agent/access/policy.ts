import { MeshError } from '#core/model/errors.ts'

const SHORTEST = 10
const LONGEST = 1024
/** Of the most used ones those that are long enough: everybody tries them first. */
const USUAL = new Set([
  '1234567890',
  '0123456789',
  '0987654321',
  'qwertyuiop',
  'qwerty12345',
  'qwerty123456',
  '1q2w3e4r5t',
  '1q2w3e4r5t6y',
  'password12',
  'password123',
  'password1234',
  'passwordpassword',
  'administrator',
  'changeme123',
  'changemenow',
  'letmein123',
  'welcome123',
  'iloveyou123',
])

/** Throws BAD_INPUT with all that is wrong with a new password; the password itself is never told. */
export function checkNewPassword(name: string, password: string): void {
  const lower = password.toLowerCase()
  const faults = [
    ...only(password.length < SHORTEST, `has fewer than ${SHORTEST} characters`),
    ...only(password.length > LONGEST, `has more than ${LONGEST} characters`),
    ...only(name.length >= 4 && lower.includes(name.toLowerCase()), 'contains the name of its user'),
    ...only(new Set(lower).size < 5, 'has fewer than 5 different characters'),
    ...only(USUAL.has(lower), 'is one that everybody tries first'),
  ]
  if (faults.length === 0) return
  const problems = faults.map((message) => ({ path: 'password', message }))
  throw new MeshError('BAD_INPUT', `this password cannot be taken: it ${faults.join('; it ')}`, { problems })
}

const only = (isSo: boolean, fault: string): readonly string[] => (isSo ? [fault] : [])
