// Owns CSV by RFC 4180, safe to open in a spreadsheet. Does not know what a column means.

export type CsvValue = string | number | boolean | null | undefined;

/**
 * A spreadsheet runs a cell that begins with one of these as a formula, full width forms included, so a text gets an
 * apostrophe before it (owasp.org/www-community/attacks/CSV_Injection). Numbers stay numbers.
 */
const FORMULA = /^[=+\-@\t\r\n＝＋－＠]/;
const QUOTED = /[",\r\n]|^\s|\s$/;

function cell(value: CsvValue): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const safe = FORMULA.test(value) ? `'${value}` : value;
  return QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** One record, with its line end. */
export const csvLine = (values: readonly CsvValue[]): string => `${values.map(cell).join(',')}\r\n`;
