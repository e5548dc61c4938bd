/** `20ms` or `3s`, in milliseconds. */
export function parseDuration(text: string | undefined): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(text ?? '')
  if (match === null) throw new SyntaxError(`'${text}' is no duration; write 20ms or 3s`)
  return Number(match[1]) * (match[2] === 's' ? 1000 : 1)
}

/** `10%` or `0.5%`, from 0 to 100. */
export function parsePercent(text: string | undefined): number {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text ?? '')
  if (match === null) throw new SyntaxError(`'${text}' is no share; write 10%`)
  return Number(match[1])
}
