import { FEED_TEXT, type FeedTold } from '../model/feed.ts'

/** What opens a mesh must not be read in its feed: join tokens, and keys in PEM. */
const SECRETS = /skein1\.[A-Za-z0-9._-]+|-----BEGIN [^-]*PRIVATE KEY-----[\s\S]*/g

/** `told` as it may be kept and sent: one line each, cut to size, without secrets. */
export const tidy = (told: FeedTold): FeedTold => ({
  level: told.level,
  code: told.code,
  ...(told.lab === undefined ? {} : { lab: line(told.lab, FEED_TEXT.lab) }),
  ...(told.about === undefined ? {} : { about: line(told.about, FEED_TEXT.about) }),
  message: line(told.message, FEED_TEXT.message),
})

const line = (text: string, longest: number): string => {
  const plain = text
    .slice(0, 4 * longest)
    .replace(SECRETS, '(secret)')
    .replace(/[\p{Cc}\p{Cs}]+/gu, ' ')
    .trim()
  // A pair of surrogates must not be cut in two: half of one cannot be sent.
  return plain.length <= longest ? plain : `${plain.slice(0, longest - 1).replace(/[\uD800-\uDBFF]$/, '')}…`
}
