// Owns how the path of a field is written: in dot notation and as a JSON Pointer.

export type FieldPath = readonly PropertyKey[];

/** `monitors[2].check.port`. Empty for the whole document. */
export function writePath(path: FieldPath): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  return text;
}

/** RFC 6901, section 3: "~" and "/" are escaped. */
export const writePointer = (path: FieldPath): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
