/**
 * The value under `key`, only where the record itself has it: names people choose (`constructor`, `toString`) must not
 * find what every object inherits.
 */
export const own = <K extends string, V>(record: Readonly<Record<K, V>>, key: K): V | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined
