import type { LabImageRow } from './lab-shapes.ts'
import { table } from './output.ts'

/** Images of labs; the id as short as docker shows it. */
export const imagesText = (rows: readonly LabImageRow[]): string =>
  table(
    ['lab', 'image', 'id', 'on', 'another one on'],
    rows.map(({ lab, image, id, hosts, others }) => [
      lab,
      image,
      id?.replace('sha256:', '').slice(0, 12),
      hosts.join(' '),
      others.join(' '),
    ]),
  )
