// Owns reading and verifying the lines of a backup, which src/services/backup/backup-lines.ts writes. Does not decompress, and
// knows no table.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  BackupError,
  FORMAT,
  FORMAT_VERSION,
  type Header,
  type Section,
} from '../../src/services/backup/backup-lines.ts';

const sealingSchema = z.discriminatedUnion('type', [
  /** As the mesh stores them: by the ids of its keys. */
  z.object({ type: z.literal('mesh'), key: z.string(), previousKey: z.string().nullable() }),
  z.object({
    type: z.literal('passphrase'),
    key: z.string(),
    kdf: z.literal('scrypt'),
    n: z
      .int()
      .min(2 ** 14)
      .max(2 ** 20),
    r: z.int().min(1).max(32),
    p: z.int().min(1).max(16),
    salt: z.string(),
  }),
]);

const headerSchema = z.object({
  format: z.literal(FORMAT),
  formatVersion: z.int(),
  mesh: z.string(),
  createdAt: z.string(),
  version: z.string(),
  migration: z.string(),
  sealing: sealingSchema,
});

const endSchema = z.object({
  end: z.literal(true),
  rows: z.int(),
  counts: z.record(z.string(), z.int()),
  sha256: z.string(),
});

const sectionSchema = z.object({ table: z.string(), columns: z.array(z.string()).min(1) });

type Part =
  | { readonly kind: 'header'; readonly header: Header }
  | { readonly kind: 'section'; readonly section: Section }
  | { readonly kind: 'row'; readonly row: string };

const REPEAT = 'Use another copy of the file, or another backup.';

/** Reads the lines, and verifies them as far as they are read: only after the last part is the backup known to be whole. */
export async function* readParts(lines: AsyncIterable<string>): AsyncGenerator<Part> {
  const hash = createHash('sha256');
  let header: Header | null = null;
  let isEnded = false;
  let hasSection = false;
  let rows = 0;
  for await (const line of lines) {
    if (isEnded) throw new BackupError(`The file is damaged: something follows its end. ${REPEAT}`);
    if (header === null) {
      header = readHeader(line);
      yield { kind: 'header', header };
    } else if (line.startsWith('[') && hasSection) {
      rows += 1;
      yield { kind: 'row', row: line };
    } else {
      const value = parse(line);
      const end = endSchema.safeParse(value);
      if (end.success) {
        isEnded = true;
        if (end.data.sha256 !== hash.digest('hex') || end.data.rows !== rows)
          throw new BackupError(`The file is damaged: its SHA-256 is another one. ${REPEAT}`);
        continue;
      }
      const section = sectionSchema.safeParse(value);
      if (!section.success) throw new BackupError(`The file is damaged: a line is not valid. ${REPEAT}`);
      hasSection = true;
      yield { kind: 'section', section: section.data };
    }
    hash.update(`${line}\n`);
  }
  if (header === null) throw new BackupError(`The file is empty. ${REPEAT}`);
  if (!isEnded) throw new BackupError(`The file is truncated: its end is missing. ${REPEAT}`);
}

function readHeader(line: string): Header {
  const value = parse(line) as { readonly format?: unknown; readonly formatVersion?: unknown } | undefined;
  if (value?.format !== FORMAT) throw new BackupError('The file is not a backup of probemesh.');
  if (typeof value.formatVersion === 'number' && value.formatVersion > FORMAT_VERSION)
    throw new BackupError(
      `The file has the format ${value.formatVersion}, but this version reads ${FORMAT_VERSION} at most. Use a newer version of probemesh.`,
    );
  const header = headerSchema.safeParse(value);
  if (!header.success) throw new BackupError(`The file is damaged: its header is not valid. ${REPEAT}`);
  return header.data;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** What a whole backup contains. */
export interface Contents {
  readonly header: Header;
  readonly sections: readonly Section[];
  readonly counts: Readonly<Record<string, number>>;
  readonly rows: number;
}

/** Reads all of it. Throws a {@link BackupError} if it is not whole. */
export async function inspect(lines: AsyncIterable<string>): Promise<Contents> {
  let header: Header | null = null;
  const sections = new Map<string, Section>();
  const counts: Record<string, number> = {};
  let rows = 0;
  let table = '';
  for await (const part of readParts(lines)) {
    if (part.kind === 'header') header = part.header;
    else if (part.kind === 'section') {
      table = part.section.table;
      sections.set(JSON.stringify(part.section), part.section);
    } else {
      rows += 1;
      counts[table] = (counts[table] ?? 0) + 1;
    }
  }
  return { header: header!, sections: [...sections.values()], counts, rows };
}
