// Owns reading CSV by RFC 4180 into records. Pure. Does not know what a column means.
import { err, ok, type Result } from '../../result.ts';

export interface CsvRecord {
  /** Of its first line, from 1: what an editor shows. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** Fails for a quotation mark that is not closed, and for text behind one. Empty lines are left out. */
export function csvRecords(text: string): Result<readonly CsvRecord[], { line: number; message: string }> {
  const records: CsvRecord[] = [];
  const content = text.replace(/^\uFEFF/, '');
  let line = 1;
  let at = 0;
  while (at < content.length) {
    const first = line;
    const cells: string[] = [];
    for (;;) {
      let cell: string;
      if (content[at] === '"') {
        const start = line;
        cell = '';
        for (at += 1; ; at += 1) {
          const character = content[at];
          if (character === undefined)
            return err({ line: start, message: 'A quotation mark is not closed. Close it.' });
          if (character === '\n') line += 1;
          if (character !== '"') cell += character;
          else if (content[at + 1] === '"') {
            cell += '"';
            at += 1;
          } else break;
        }
        at += 1;
        if (at < content.length && !/[,\r\n]/.test(content[at]!))
          return err({ line, message: 'Text follows a quotation mark. Write a comma between two values.' });
      } else {
        const end = content.slice(at).search(/[,\r\n]/);
        cell = end < 0 ? content.slice(at) : content.slice(at, at + end);
        at += cell.length;
      }
      cells.push(cell);
      if (content[at] !== ',') break;
      at += 1;
    }
    if (content[at] === '\r') at += 1;
    if (content[at] === '\n') at += 1;
    line += 1;
    if (cells.length > 1 || cells[0] !== '') records.push({ line: first, cells });
  }
  return ok(records);
}
