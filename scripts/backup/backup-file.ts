// Owns the file of a backup: gzip of its lines, complete or not there. Does not know what the lines are.
import { createReadStream, createWriteStream } from 'node:fs';
import { link, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { BackupError } from '../../src/services/backup/backup-lines.ts';
import { linesOf } from './mesh.ts';

/** Only its owner may read it. */
const MODE = 0o600;
const PIECE_CHARACTERS = 65_536;

/** The file has its name once it is complete. An existing one is not replaced. */
export async function writeBackupFile(path: string, lines: AsyncIterable<string>): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  try {
    const out = createWriteStream(partial, { mode: MODE, flags: 'wx', flush: true });
    await pipeline(Readable.from(inPieces(lines)), createGzip(), out);
    await link(partial, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      throw new BackupError(`${path} exists already. Delete it, or name another file.`);
    });
  } finally {
    await rm(partial, { force: true });
  }
}

async function* inPieces(lines: AsyncIterable<string>): AsyncGenerator<string> {
  let piece = '';
  for await (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** The lines of the file. Throws a {@link BackupError} if it is missing, cut off, changed, or something else. */
export async function* readBackupFile(path: string): AsyncGenerator<string> {
  const file = createReadStream(path);
  const gunzip = createGunzip();
  // A failure of the file ends the other stream with it.
  file.on('error', (error) => gunzip.destroy(error));
  file.pipe(gunzip);
  try {
    yield* linesOf(gunzip.setEncoding('utf8') as AsyncIterable<string>);
  } catch (error) {
    throw describe(path, error as NodeJS.ErrnoException);
  } finally {
    file.destroy();
    gunzip.destroy();
  }
}

const OTHER_COPY = 'Use another copy of the file, or another backup.';

function describe(path: string, error: NodeJS.ErrnoException): Error {
  if (error.code === 'ENOENT') return new BackupError(`${path} does not exist.`);
  if (error.code === 'Z_BUF_ERROR' || /cut off/.test(error.message))
    return new BackupError(`The file is truncated: its end is missing. ${OTHER_COPY}`);
  if (error.code === 'Z_DATA_ERROR' && /incorrect header check/.test(error.message))
    return new BackupError('The file is not a backup of probemesh.');
  if (error.code?.startsWith('Z_')) return new BackupError(`The file is damaged. ${OTHER_COPY}`);
  return error;
}
