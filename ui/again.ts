/** Between tries, in milliseconds. */
const WAITS_MS = [200, 800]

/**
 * Asks again where asking once more does no harm: browsers break off what is under way whenever a network of their machine comes or goes, and on
 * a host that runs labs one does at any moment. Rejects as the last try did.
 */
export async function again<T>(ask: () => Promise<T>, isWorth: () => boolean = () => true): Promise<T> {
  for (const waitMs of WAITS_MS) {
    try {
      return await ask()
    } catch (error) {
      if (!isWorth()) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
  return ask()
}
