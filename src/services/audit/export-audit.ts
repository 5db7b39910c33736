// Exports the audit log as lines of JSON, from the oldest entry on, in pages: the whole log need not fit into memory.
// Each line has everything that its hash covers, so that a reader can verify the chain. Does not filter.
import { GENESIS } from '../../store/audit-hash.ts';
import { type AuditEntryRow, readAuditEntries, readAuditStart } from '../../store/audit-log.ts';

/** An entry as it is stored, with the hash before it. */
export interface ExportedEntry extends AuditEntryRow {
  readonly previousHash: string;
}

/** Lines of one page at a time. A failure of the database ends the stream with an error, so that the file is not complete. */
export function exportAudit(db: D1Database): ReadableStream<Uint8Array> {
  const pages = pagesOf(db);
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await pages.next();
      if (done) return controller.close();
      controller.enqueue(
        new TextEncoder().encode(value.map((entry) => `${JSON.stringify(entry)}\n`).join('')),
      );
    },
    cancel: async () => void (await pages.return(undefined)),
  });
}

async function* pagesOf(db: D1Database): AsyncGenerator<ExportedEntry[], undefined> {
  const { chain, rows: first } = await readAuditStart(db);
  let previousHash = chain?.firstPrevious ?? GENESIS;
  let rows: readonly AuditEntryRow[] = first;
  while (rows.length > 0) {
    yield rows.map((row) => {
      const entry = { ...row, previousHash };
      previousHash = row.hash;
      return entry;
    });
    rows = await readAuditEntries(db, rows.at(-1)!.seq + 1);
  }
}
