// Owns the objects of backups in a bucket of R2: their keys, how one is written in parts, and which are deleted. Does not know
// what the lines are.
import type { Config } from '../../env.ts';
import type { Upload } from '../../store/backup/scheduled-backup.ts';

/** All parts but the last have the same size, and at least 5 MiB: developers.cloudflare.com/r2/objects/multipart-objects */
const PART_BYTES = 8 * 1_024 * 1_024;
const PIECE_CHARACTERS = 65_536;
const DAY_MS = 86_400_000;

const folderOf = (publicUrl: string): string => `${new URL(publicUrl).host}/`;

/** Several meshes can share a bucket. Keys are in order of time. */
export const keyOf = (publicUrl: string, at: number): string =>
  `${folderOf(publicUrl)}probemesh-${new Date(at).toISOString().replaceAll(':', '-')}.backup.gz`;

const KEY_TIME = /^probemesh-(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d\.\d{3}Z)\.backup\.gz$/;

function timeOf(key: string, folder: string): number | null {
  const [, hour, minute, second] = KEY_TIME.exec(key.slice(folder.length)) ?? [];
  return hour === undefined ? null : Date.parse(`${hour}:${minute}:${second}`);
}

/** The object exists once all lines are in it. `begun` is called before the first part. */
export async function storeLines(
  bucket: R2Bucket,
  key: string,
  lines: AsyncIterable<string>,
  begun: (uploadId: string) => Promise<void>,
): Promise<{ readonly bytes: number; readonly rows: number }> {
  const upload = await bucket.createMultipartUpload(key, {
    httpMetadata: { contentType: 'application/gzip' },
  });
  try {
    await begun(upload.uploadId);
    const { readable, writable } = new CompressionStream('gzip');
    const parts = new Parts(upload);
    const [rows] = await Promise.all([compress(lines, writable, parts), parts.take(readable)]);
    await upload.complete(parts.uploaded);
    const found = await bucket.head(key);
    if (found?.size !== parts.bytes)
      throw new Error(`The bucket has ${found?.size ?? 'no'} bytes of ${key} instead of ${parts.bytes}.`);
    return { bytes: parts.bytes, rows };
  } catch (error) {
    // What stays nevertheless is deleted by R2 after seven days.
    await upload.abort().catch(() => {});
    throw error;
  }
}

/** Returns the number of rows. Lines are read only as fast as parts are taken, so that memory is bounded. */
async function compress(
  lines: AsyncIterable<string>,
  writable: WritableStream<Uint8Array>,
  parts: Parts,
): Promise<number> {
  const writer = writable.getWriter();
  const encoder = new TextEncoder();
  let rows = 0;
  let piece = '';
  const flush = async (): Promise<void> => {
    await parts.idle;
    await writer.write(encoder.encode(piece));
    piece = '';
  };
  try {
    for await (const line of lines) {
      rows += Number(line.startsWith('['));
      piece += `${line}\n`;
      if (piece.length >= PIECE_CHARACTERS) await flush();
    }
    await flush();
    await writer.close();
    return rows;
  } catch (error) {
    // The reader ends with it.
    await writer.abort(error).catch(() => {});
    throw error;
  }
}

/** Makes parts of equal size of a stream, and uploads one at a time. */
class Parts {
  readonly uploaded: R2UploadedPart[] = [];
  bytes = 0;
  /** Resolves when no part is being uploaded. Rejects never. */
  idle: Promise<unknown> = Promise.resolve();
  readonly #upload: R2MultipartUpload;
  #part = new Uint8Array(PART_BYTES);
  #filled = 0;

  constructor(upload: R2MultipartUpload) {
    this.#upload = upload;
  }

  async take(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const chunk of stream) {
      for (let at = 0; at < chunk.length; ) {
        const taken = chunk.subarray(at, at + PART_BYTES - this.#filled);
        this.#part.set(taken, this.#filled);
        this.#filled += taken.length;
        at += taken.length;
        if (this.#filled === PART_BYTES) await this.#send();
      }
    }
    if (this.#filled > 0) await this.#send();
  }

  async #send(): Promise<void> {
    const sending = this.#upload.uploadPart(this.uploaded.length + 1, this.#part.subarray(0, this.#filled));
    this.idle = sending.catch(() => {});
    this.uploaded.push(await sending);
    this.bytes += this.#filled;
    this.#filled = 0;
  }
}

/** Parts that a run left which was killed. They are gone already if R2 deleted them. */
export async function abandonUpload(bucket: R2Bucket, { key, uploadId }: Upload): Promise<void> {
  await bucket
    .resumeMultipartUpload(key, uploadId)
    .abort()
    .catch(() => {});
}

/** Deletes the backups of this mesh that are older than BACKUP_DAYS. What has another name stays. */
export async function deleteOldBackups(
  bucket: R2Bucket,
  { publicUrl, backupDays }: Pick<Config, 'publicUrl' | 'backupDays'>,
  now: number,
): Promise<void> {
  const folder = folderOf(publicUrl);
  // The oldest come first, so one page has what is to be deleted.
  const { objects } = await bucket.list({ prefix: `${folder}probemesh-` });
  const old = objects.flatMap(({ key }) => {
    const at = timeOf(key, folder);
    return at !== null && at < now - backupDays * DAY_MS ? [key] : [];
  });
  if (old.length > 0) await bucket.delete(old);
}
