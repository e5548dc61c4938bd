import type { Impairment } from '../model/impairment.ts'

/** For people, and as it may be written: `delay 10ms, jitter 2ms, loss 1%, rate 10mbit`; empty where nothing is asked for. */
export function impairmentText(impairment: Impairment): string {
  const { delayMs, jitterMs, lossPercent, corruptPercent, rateBps, down, flap } = impairment
  return [
    ...(down === true ? ['down'] : []),
    ...(flap === undefined ? [] : [`flap ${duration(flap.downMs)}/${duration(flap.upMs)}`]),
    ...(delayMs === undefined ? [] : [`delay ${duration(delayMs)}`]),
    ...(jitterMs === undefined ? [] : [`jitter ${duration(jitterMs)}`]),
    ...(lossPercent === undefined ? [] : [`loss ${lossPercent}%`]),
    ...(corruptPercent === undefined ? [] : [`corrupt ${corruptPercent}%`]),
    ...(rateBps === undefined ? [] : [`rate ${rate(rateBps)}`]),
  ].join(', ')
}

const duration = (ms: number): string => {
  if (ms < 1) return `${Math.round(ms * 1000)}us`
  return ms >= 1000 && ms % 100 === 0 ? `${ms / 1000}s` : `${ms}ms`
}

const RATES = [
  ['gbit', 1e9],
  ['mbit', 1e6],
  ['kbit', 1e3],
] as const

const rate = (bps: number): string => {
  const [unit, size] = RATES.find(([, size]) => bps >= size && (bps * 1000) % size === 0) ?? ['bit', 1]
  return `${bps / size}${unit}`
}
