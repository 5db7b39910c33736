// Owns ids that are made from names. Does not know what they name.

/** A slug of the name that none of the rows has. */
export function uniqueSlug(name: string, rows: readonly { readonly id: string }[]): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 56)
    .replace(/-+$/, '');
  const base = plain === '' ? 'monitor' : plain;
  const taken = new Set(rows.map((row) => row.id));
  if (!taken.has(base)) return base;
  for (let number = 2; ; number += 1) if (!taken.has(`${base}-${number}`)) return `${base}-${number}`;
}
