// Owns probemesh.secrets.json: secrets that neither AWS nor Cloudflare returns. A value is in the file before it is set anywhere.
// Environment variables override it, so that a deployment without the file works. Does not set a secret anywhere.
import { createHash, randomBytes } from 'node:crypto';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { z } from 'zod';
import { DeployError } from './step.ts';

export const SECRETS_FILE = 'probemesh.secrets.json';

/** Secrets of the Worker, and the names that they have in the file. */
export const WORKER_SECRETS = {
  encryptionKey: 'ENCRYPTION_KEY',
  encryptionKeyPrevious: 'ENCRYPTION_KEY_PREVIOUS',
  setupToken: 'SETUP_TOKEN_SHA256',
  watchdogKey: 'WATCHDOG_KEY',
  watchdogKeyPrevious: 'WATCHDOG_KEY_PREVIOUS',
  awsAccessKeyId: 'AWS_ACCESS_KEY_ID',
  awsSecretAccessKey: 'AWS_SECRET_ACCESS_KEY',
} as const;
export type WorkerSecret = keyof typeof WORKER_SECRETS;
/** Secrets that the Worker does not have: the access key that it does not use yet, and the keys with which probes sign requests. */
const OTHER_SECRETS = [
  'awsNextAccessKeyId',
  'awsNextSecretAccessKey',
  'signingKey',
  'signingKeyOther',
] as const;
export type SecretName = WorkerSecret | (typeof OTHER_SECRETS)[number];

const workerSecretSchema = z.enum(Object.keys(WORKER_SECRETS) as [WorkerSecret, ...WorkerSecret[]]);
const secretNameSchema = z.enum([...workerSecretSchema.options, ...OTHER_SECRETS]);

const isWorkerSecret = (name: SecretName): name is WorkerSecret => name in WORKER_SECRETS;

/** `PROBEMESH_ENCRYPTION_KEY` */
export const environmentName = (name: SecretName): string =>
  `PROBEMESH_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

const fileSchema = z.strictObject({
  /** The mesh whose secrets these are. */
  mesh: z.string(),
  values: z.partialRecord(secretNameSchema, z.string().min(1)),
  /** Values that the Worker may not have yet. */
  pending: z.array(workerSecretSchema),
  /** How far a rotation of the keys has come: see rotation.ts. Null: none runs. */
  rotation: z.enum(['prepared', 'swapped', 'access']).nullable(),
});
type Content = z.output<typeof fileSchema>;

export type Rotation = Content['rotation'];
export type SecretChanges = Partial<Record<SecretName, string | null>>;

export interface SecretsFile {
  readonly path: string;
  /** Whether the file exists. */
  readonly exists: boolean;
  get(name: SecretName): string | undefined;
  /** Values that the Worker may not have yet. */
  pending(): readonly WorkerSecret[];
  rotation(): Rotation;
  /** Writes the file. Null removes a value. What changes is pending until {@link confirm}. */
  change(changes: SecretChanges, rotation?: Rotation): Promise<void>;
  /** The Worker has these values, or no longer those that were removed. */
  confirm(names: readonly WorkerSecret[]): Promise<void>;
  remove(): Promise<void>;
}

export interface SecretsOptions {
  readonly path: string;
  readonly mesh: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Throws a {@link DeployError} if the file is damaged or is of another mesh. */
export async function openSecrets({ path, mesh, env }: SecretsOptions): Promise<SecretsFile> {
  let content = await read(path, mesh);
  let exists = content !== null;
  content ??= empty(mesh);
  let writing: Promise<void> = Promise.resolve();
  const update = (next: (before: Content) => Content): Promise<void> => {
    const written = writing.then(async () => {
      const after = next(content!);
      await write(path, after);
      content = after;
      exists = true;
    });
    writing = written.catch(() => undefined);
    return written;
  };
  return {
    path,
    get exists() {
      return exists;
    },
    get: (name) => env[environmentName(name)]?.trim() || content!.values[name],
    pending: () => content!.pending,
    rotation: () => content!.rotation,
    change: (changes, next) =>
      update(({ values, pending, rotation }) => {
        const names = Object.keys(changes) as SecretName[];
        const kept = Object.entries({ ...values, ...changes }).filter(([, value]) => value !== null);
        return {
          mesh,
          values: Object.fromEntries(kept) as Content['values'],
          pending: [...new Set([...pending, ...names.filter(isWorkerSecret)])],
          rotation: next === undefined ? rotation : next,
        };
      }),
    async confirm(names) {
      if (!names.some((name) => content!.pending.includes(name))) return;
      await update((before) => ({
        ...before,
        pending: before.pending.filter((name) => !names.includes(name)),
      }));
    },
    async remove() {
      await rm(path, { force: true });
      content = empty(mesh);
      exists = false;
    },
  };
}

const empty = (mesh: string): Content => ({ mesh, values: {}, pending: [], rotation: null });

/** Null: it does not exist. */
async function read(path: string, mesh: string): Promise<Content | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    throw new DeployError(`${path} cannot be read (${code}).`, 'Make it a file that you may read.');
  }
  const parsed = fileSchema.safeParse(parse(text));
  if (!parsed.success)
    throw new DeployError(
      `${path} is damaged.`,
      'Restore it from your password manager or a backup. Without it, keys that are in use cannot be read back.',
    );
  if (parsed.data.mesh !== mesh)
    throw new DeployError(
      `${path} has the secrets of the mesh "${parsed.data.mesh}", but the settings name "${mesh}".`,
      'Deploy each mesh from a folder of its own, or move the file away.',
    );
  return parsed.data;
}

/** The text can be a secret, so no error quotes it. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whole or not at all, and only for its owner. One run at a time writes, so that what a killed one left is replaced. */
async function write(path: string, content: Content): Promise<void> {
  const next = `${path}.tmp`;
  await rm(next, { force: true });
  const file = await open(next, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(content, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(next, path);
}

export const newEncryptionKey = (): string => randomBytes(32).toString('base64');
export const newToken = (): string => randomBytes(32).toString('hex');

/** What the Worker gets for a value of the file: of the setup token only its hash. */
export const workerValue = (name: WorkerSecret, value: string): string =>
  name === 'setupToken' ? createHash('sha256').update(value).digest('hex') : value;
