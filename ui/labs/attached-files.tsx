import { Button } from '../parts/button.tsx'
import type { Attached } from './attached.ts'

interface AttachedFilesProps {
  readonly files: readonly Attached[]
  onFiles(files: readonly Attached[]): void
  onAdd(files: readonly File[]): void
}

/** Files that go along with a topology, each under the path by which the topology names it. */
export function AttachedFiles({ files, onFiles, onAdd }: AttachedFilesProps) {
  const rename = (at: number, path: string): void =>
    onFiles(files.map((file, index) => (index === at ? { ...file, path } : file)))
  return (
    <div class="attached">
      {files.map(({ path, sizeBytes }, at) => (
        <p key={`${at}`} class="row">
          <input
            aria-label="Path, relative to the topology"
            class="mono"
            value={path}
            onChange={(event) => rename(at, event.currentTarget.value)}
          />
          <span class="hint">{sizeBytes} bytes</span>
          <Button
            kind="quiet"
            label={`Leave ${path} out`}
            onClick={() => onFiles(files.filter((_, index) => index !== at))}
          >
            ✕
          </Button>
        </p>
      ))}
      <label class="button file">
        Attach files it binds
        <input
          type="file"
          multiple
          class="hidden"
          onChange={(event) => {
            onAdd([...(event.currentTarget.files ?? [])])
            event.currentTarget.value = ''
          }}
        />
      </label>
    </div>
  )
}
