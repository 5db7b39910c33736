// Owns the rules of an identity provider as lines of text: `sre = admin`, `shop = editor team:shop team:web`.
// Does not validate roles and tags: the API does.

interface GroupRule {
  readonly group: string;
  readonly role: string;
  readonly tags: readonly string[] | null;
}

/** One rule a line. A group may contain spaces and `=`: the last ` = ` counts. */
export function readGroupRules(text: string): GroupRule[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const [, group = line, rest = ''] = /^(.*\S)\s*=\s*([^=]*)$/.exec(line) ?? [];
      const [role = '', ...tags] = rest.split(/[\s,]+/).filter((word) => word !== '');
      return { group, role, tags: tags.length === 0 ? null : tags };
    });
}

export const writeGroupRules = (rules: readonly GroupRule[]): string =>
  rules.map(({ group, role, tags }) => [`${group} = ${role}`, ...(tags ?? [])].join(' ')).join('\n');
