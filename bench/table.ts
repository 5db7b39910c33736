// Owns plain-text tables for people. Does not compute figures.

/** Aligns figures right, and texts and the first column left. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, index) => Math.max(title.length, ...rows.map((row) => row[index]!.length)));
  const isFigure = (index: number): boolean => index > 0 && rows.every((row) => /^[–\d(<]/.test(row[index]!));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, index) => (isFigure(index) ? cell.padStart(widths[index]!) : cell.padEnd(widths[index]!)))
      .join('  ')
      .trimEnd();
  return [line(head), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line)]
    .map((text) => `  ${text}`)
    .join('\n');
}
