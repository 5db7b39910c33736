// Owns the note that a new version of the Worker was deployed and is not proven yet: if the command is killed, the next run proves
// it, and knows which version was before.
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const unprovenSchema = z.strictObject({
  /** The version to go back to. Null: there is none, or Cloudflare refuses to go back. */
  previousVersionId: z.string().nullable(),
  /** Why there is none, for people. Empty if there is. */
  reason: z.string(),
});
export type Unproven = z.output<typeof unprovenSchema>;

const pathIn = (root: string, mesh: string): string => join(root, 'dist', 'deploy', `unproven-${mesh}.json`);

/** Null: everything that was deployed is proven. A note that cannot be read has no version to go back to. */
export async function readUnproven(root: string, mesh: string): Promise<Unproven | null> {
  try {
    const parsed = unprovenSchema.safeParse(JSON.parse(await readFile(pathIn(root, mesh), 'utf8')));
    return parsed.success ? parsed.data : UNREADABLE;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? null : UNREADABLE;
  }
}

const UNREADABLE: Unproven = { previousVersionId: null, reason: 'the earlier version is unknown' };

export async function writeUnproven(root: string, mesh: string, unproven: Unproven): Promise<void> {
  const path = pathIn(root, mesh);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify(unproven));
}

export const forgetUnproven = (root: string, mesh: string): Promise<void> =>
  rm(pathIn(root, mesh), { force: true });
