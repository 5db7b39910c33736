// Owns keeping the parameters and buckets of the local AWS in one file, so that they survive a restart. Nothing else is kept.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Account, type Bucket, type Parameter, regionOf, type StoredObject } from './account.ts';

const FILE = 'local-aws.json';

type Flat<T, K extends keyof T> = Omit<T, K> & Record<K, unknown>;
type KeptObject = Omit<StoredObject, 'body'> & { readonly body: string };

interface Kept {
  readonly parameters: readonly (Flat<Parameter, 'tags'> & {
    readonly region: string;
    readonly tags: [string, string][];
  })[];
  readonly buckets: readonly (Omit<Bucket, 'tags' | 'objects'> & {
    readonly tags: [string, string][] | null;
    readonly objects: Record<string, KeptObject>;
  })[];
}

export class DataFile {
  readonly #path: string;
  readonly #folder: string;
  readonly #account: Account;
  #writing: Promise<void> = Promise.resolve();

  constructor(folder: string, account: Account) {
    this.#folder = folder;
    this.#path = join(folder, FILE);
    this.#account = account;
  }

  /** Leaves the account as it is if the file does not exist. */
  async load(): Promise<void> {
    const text = await readFile(this.#path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (text === null) return;
    const { parameters, buckets } = JSON.parse(text) as Kept;
    for (const { region, tags, ...parameter } of parameters)
      regionOf(this.#account, region).parameters.set(parameter.name, { ...parameter, tags: new Map(tags) });
    for (const { tags, objects, ...bucket } of buckets)
      this.#account.buckets.set(bucket.name, {
        ...bucket,
        tags: tags && new Map(tags),
        objects: new Map(
          Object.entries(objects).map(([key, { body, ...object }]) => [
            key,
            { ...object, body: new Uint8Array(Buffer.from(body, 'base64')) },
          ]),
        ),
      });
  }

  /** One write at a time; a reader never sees half a file. Parameters may be secret, so that only the owner reads it. */
  save(): Promise<void> {
    this.#writing = this.#writing.catch(() => {}).then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const kept: Kept = {
      parameters: [...this.#account.regions].flatMap(([region, { parameters }]) =>
        [...parameters.values()].map((parameter) => ({ ...parameter, region, tags: [...parameter.tags] })),
      ),
      buckets: [...this.#account.buckets.values()].map((bucket) => ({
        ...bucket,
        tags: bucket.tags && [...bucket.tags],
        objects: Object.fromEntries(
          [...bucket.objects].map(([key, object]) => [
            key,
            { ...object, body: Buffer.from(object.body).toString('base64') },
          ]),
        ),
      })),
    };
    await mkdir(this.#folder, { recursive: true });
    const next = `${this.#path}.next`;
    await writeFile(next, JSON.stringify(kept), { mode: 0o600 });
    await rename(next, this.#path);
  }
}
