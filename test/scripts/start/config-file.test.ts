// Files that operators write: shared parts, variables, and the mistakes that they make most.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readConfigFile } from '../../../scripts/start/config-file.ts';

const dir = mkdtempSync(join(tmpdir(), 'probemesh-config-'));
afterAll(() => rmSync(dir, { recursive: true }));

const ENVIRONMENT = {
  PORT: '8443',
  TEAM: 'shop',
  HOOK: 'https://hooks.test/a-long-path',
  KEY: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
  BAD_HOST: 'http://a-value-that-no-message-shows',
};

function read(text: string) {
  const file = join(dir, 'mesh.yaml');
  writeFileSync(file, text);
  return readConfigFile(file, 'mesh.yaml', ENVIRONMENT);
}
// biome-ignore lint/suspicious/noExplicitAny: the file is not typed.
const configuration = (text: string): any => read(text).configuration;

/** The lines that a rejected file prints, without the first. */
function lines(text: string): string[] {
  try {
    read(text);
  } catch (error) {
    return (error as Error).message
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

const ENTRY = `  - name: Shop
    intervalSeconds: 60
    check: { type: tcp, host: shop.test, port: 443 }
`;
const MESH = `monitors:\n${ENTRY}`;
const other = (name: string) => ENTRY.replace('Shop', name);

describe('one mistake gives one line', () => {
  const typos: Record<string, [text: string, line: string | RegExp]> = {
    'a field that is indented too little for YAML': [
      MESH.replace('    intervalSeconds', '   intervalSeconds'),
      'mesh.yaml:3:1 The indentation is wrong: fields of one entry begin in the same column.',
    ],
    'options on the level of their check': [
      'monitors:\n  - name: A\n    intervalSeconds: 60\n    check:\n    type: tcp\n    host: a.test\n    port: 443\n',
      /^mesh\.yaml:4:\d+ monitors\[0\]\.check: `check` is empty, and `type`, `host` and `port` are beside it\. Indent them below `check`\.$/,
    ],
    'an option that left its check': [
      'monitors:\n  - name: A\n    intervalSeconds: 60\n    check:\n      type: tcp\n      host: a.test\n    port: 443\n',
      /^mesh\.yaml:7:\d+ monitors\[0\]\.port: `port` is not a field of `monitors\[0\]`, but `monitors\[0\]\.check` lacks `port`\. Correct the indentation\.$/,
    ],
    'fields of a monitor inside its check': [
      'monitors:\n  - name: A\n    check:\n      type: tcp\n      host: a.test\n      port: 443\n      intervalSeconds: 60\n      tags: { a: b }\n',
      /^mesh\.yaml:7:\d+ monitors\[0\]\.check\.intervalSeconds: .*Correct the indentation\.$/,
    ],
    'a field of a monitor inside its check': [
      'monitors:\n  - name: A\n    check:\n      type: tcp\n      host: a.test\n      port: 443\n      paused: true\n',
      /^mesh\.yaml:7:\d+ monitors\[0\]\.check\.paused: `paused` is not a field of `monitors\[0\]\.check`, but of `monitors\[0\]`\. Correct the indentation\.$/,
    ],
    'a misspelled field that is required': [
      MESH.replace('intervalSeconds', 'intervalSecond'),
      /^mesh\.yaml:3:\d+ monitors\[0\]\.intervalSecond: Unknown field "intervalSecond"\. Did you mean "intervalSeconds"\?$/,
    ],
    'two letters swapped': [
      MESH.replace('port:', 'prot:'),
      /^mesh\.yaml:4:\d+ monitors\[0\]\.check\.prot: Unknown field "prot"\. Did you mean "port"\?$/,
    ],
    'a duration with its unit': [
      MESH.replace('443', '443, timeoutMs: 5s'),
      /^mesh\.yaml:4:\d+ monitors\[0\]\.check\.timeoutMs: `timeoutMs` must be a whole number between 100 and 15000\.$/,
    ],
    'a missing host': [
      MESH.replace('host: shop.test, ', ''),
      'mesh.yaml:4:12 monitors[0].check: `host` is missing. It must be a string.',
    ],
    'a missing port': [
      MESH.replace(', port: 443', ''),
      'mesh.yaml:4:12 monitors[0].check: `port` is missing. It must be a whole number between 1 and 65535.',
    ],
    'a missing name': [
      MESH.replace('name: Shop', 'id: shop'),
      'mesh.yaml:2:5 monitors[0]: `name` is missing. It must be a string.',
    ],
    'a missing type': [
      MESH.replace('type: tcp, ', ''),
      /^mesh\.yaml:4:12 monitors\[0\]\.check: `type` is missing\. It must be one of "tcp", /,
    ],
    'an unknown type': [
      MESH.replace('tcp', 'htttp'),
      /^mesh\.yaml:4:\d+ monitors\[0\]\.check\.type: Must be one of .*Did you mean "http"\?$/,
    ],
    'a negative quorum': [
      `${MESH}    alert: { quorum: -1 }\n`,
      /^mesh\.yaml:5:\d+ monitors\[0\]\.alert\.quorum: Must be /,
    ],
    'an id twice': [
      MESH.replace('name: Shop', 'name: Shop\n    id: a') + other('B\n    id: a'),
      /^mesh\.yaml:7:\d+ monitors\[1\]\.id: The id "a" is already used by entry \[0\]\./,
    ],
    'a misspelled list': ['monitor: []\n', /^mesh\.yaml:1:\d+ monitor: .*Did you mean "monitors"\?$/],
    'a list without dashes': [
      'monitors:\n  name: A\n',
      /^mesh\.yaml:2:3 monitors: Must be a list, not an object\.$/,
    ],
    'a list without entries': [
      'monitors:\n',
      'mesh.yaml:1:10 monitors: Must be a list, not null. Write [] for an empty list.',
    ],
    'a tab': ['monitors:\n\t- name: A\n', 'mesh.yaml:2:1 YAML is indented with spaces. Replace the tab.'],
    'a field twice': [
      'monitors: []\nmonitors: []\n',
      /^mesh\.yaml:2:1 The field "monitors" is already written/,
    ],
    'a number as a name': [
      MESH.replace('Shop', '12'),
      /^mesh\.yaml:2:\d+ monitors\[0\]\.name: Must be a string\. Put quotes around the number\.$/,
    ],
  };
  test.each(Object.entries(typos))('%s', (_, [text, line]) => {
    expect(lines(text)).toEqual([typeof line === 'string' ? line : expect.stringMatching(line)]);
  });

  test('two mistakes give two lines', () => {
    expect(lines(MESH.replace('443', '0').replace('60', '61'))).toHaveLength(2);
  });
});

describe('ids', () => {
  test('two names with one derived id are refused, with both names and the fix', () => {
    expect(lines(MESH.replace('Shop', 'Größe') + other('Groesse'))).toEqual([
      expect.stringMatching(
        /^mesh\.yaml:5:11 monitors\[1\]\.name: "Groesse" and monitors\[0\] "Größe" have the same id "groesse"\. .*Write an `id` in one of the two entries\.$/,
      ),
    ]);
    expect(lines(MESH.replace('Shop', 'Größe') + other('Groesse\n    id: other'))).toEqual([]);
  });

  test('a derived id that another entry has written is refused', () => {
    expect(lines(MESH + other('Other\n    id: shop'))[0]).toMatch(/monitors\[1\]\.id: .*the same id "shop"/);
  });
});

describe('shared parts', () => {
  const SHARED = `x-defaults: &defaults
  intervalSeconds: 60
  alert: { quorum: majority, failures: 3 }
monitors:
  - <<: *defaults
    name: npm
    check: { type: tcp, host: a.test, port: 1 }
  - <<: [*defaults, { intervalSeconds: 300, paused: true }]
    name: other
    alert: { quorum: all }
    check: { type: tcp, host: a.test, port: 2 }
`;
  test('merge keys take over the fields of an anchor, and own fields win', () => {
    const { monitors, ...rest } = configuration(SHARED);
    expect(rest).toEqual({});
    expect(monitors[0]).toMatchObject({ intervalSeconds: 60, alert: { quorum: 'majority', failures: 3 } });
    expect(monitors[1]).toMatchObject({ intervalSeconds: 60, paused: true, alert: { quorum: 'all' } });
  });

  test('a mistake in a shared part is reported at an entry that uses it', () => {
    expect(lines(SHARED.replace('  intervalSeconds: 60', '  intervalSeconds: 61'))[0]).toMatch(
      /^mesh\.yaml:5:\d+ monitors\[0\]\.intervalSeconds: Must be one of/,
    );
  });

  test('hundreds of monitors share an anchor', () => {
    const many = Array.from({ length: 300 }, (_, at) => `  - { <<: *m, name: m${at} }\n`).join('');
    const text = `x-m: &m { intervalSeconds: 60, check: { type: tcp, host: a.test, port: 1 } }\nmonitors:\n${many}`;
    expect(configuration(text).monitors).toHaveLength(300);
  });

  test.each([
    [
      'an unknown anchor',
      'monitors: [*x]\n',
      'mesh.yaml:1:12 The anchor "&x" does not exist above this line.',
    ],
    ['an anchor inside itself', 'monitors: &a [*a]\n', 'mesh.yaml:1:1 An anchor contains itself.'],
    [
      'a merge of a number',
      'monitors:\n  - <<: 5\n',
      'mesh.yaml:2:5 "<<" takes over the fields of an anchor',
    ],
  ])('%s is refused in one line', (_, text, line) => {
    expect(lines(text)).toEqual([expect.stringContaining(line)]);
  });

  test('aliases that repeat each other exponentially are refused at once', () => {
    const bomb = Array.from(
      { length: 12 },
      (_, level) => `x-${level}: &a${level} [${level === 0 ? 'x' : Array(9).fill(`*a${level - 1}`)}]\n`,
    ).join('');
    const startedAt = Date.now();
    expect(lines(`${bomb}monitors: []\n`)).toEqual([expect.stringContaining('Write the parts out.')]);
    expect(Date.now() - startedAt).toBeLessThan(2_000);
  });
});

describe('variables', () => {
  test('a variable is put into any text, and the text itself is escaped or has another form', () => {
    const { monitors } = configuration(
      MESH.replace('Shop', () => `"\${TEAM} $\${TEAM} $.status \${1} $TEAM \${} cost: 5$"`),
    );
    expect(monitors[0].name).toBe(`shop \${TEAM} $.status \${1} $TEAM \${} cost: 5$`);
  });

  test('a variable stands for a number where a number is needed, and for text where text is needed', () => {
    const { monitors } = configuration(
      MESH.replace('443', `"\${PORT}"`).replace('Shop', `"\${PORT}"`).concat('    paused: false\n'),
    );
    expect(monitors[0]).toMatchObject({ name: '8443', check: { port: 8443 } });
  });

  test('env: stands for a whole secret, and is text elsewhere', () => {
    const { monitors, channels } = configuration(`monitors:
  - name: A
    intervalSeconds: 60
    check:
      { type: http, url: "https://a.test/", headers: { a: "{{k}}" }, secrets: { k: "env:KEY" }, contains: "env:KEY" }
channels:
  - { name: C, type: webhook, config: { url: "env:HOOK", secret: "env:KEY" } }
`);
    expect(monitors[0].check).toMatchObject({ secrets: { k: ENVIRONMENT.KEY }, contains: 'env:KEY' });
    expect(channels[0].config).toEqual({ url: ENVIRONMENT.HOOK, secret: ENVIRONMENT.KEY });
  });

  test.each([
    [`"\${NOPE}"`, 'mesh.yaml:2:11 monitors[0].name: The environment variable NOPE is not set.'],
    [`"a \${toString}"`, 'mesh.yaml:2:11 monitors[0].name: The environment variable toString is not set.'],
  ])('a variable that is not set is refused with its place and name: %s', (name, line) => {
    expect(lines(MESH.replace('Shop', name))).toEqual([expect.stringContaining(line)]);
  });

  test('a variable without quotes inside braces is refused with the fix', () => {
    expect(lines(MESH.replace('443', `\${PORT}`))).toEqual([
      `mesh.yaml:4:49 Inside { } and [ ], put quotes around a variable: "\${NAME}".`,
    ]);
  });

  test('no message shows the value of a variable', () => {
    const [line = '', ...more] = lines(
      MESH.replace('shop.test', `"\${BAD_HOST}"`).replace('Shop', `"\${HOOK}\\u0001"`),
    );
    expect(more).toHaveLength(1);
    expect(`${line}${more}`).not.toContain('a-value');
    const { redact } = read(MESH.replace('Shop', `"\${HOOK}"`));
    expect(redact(`bad: ${ENVIRONMENT.HOOK}!`)).toBe(`bad: \${HOOK}!`);
  });
});

test.each([
  ['', 'an empty file'],
  ['# nothing\n', 'a comment'],
  ['{}\n', 'an empty object'],
  ['null\n', 'null'],
  ['x-shared: { a: 1 }\n', 'shared parts only'],
])('a file without monitors and channels is refused: %j', (text) => {
  expect(lines(text)).toEqual([expect.stringContaining('The configuration is empty.')]);
});

test.each([
  [
    '<<: *d',
    `x-d: &d text\n${MESH.replace('monitors:\n  - ', 'monitors:\n  - <<: *d\n    ')}`,
    /^mesh\.yaml:3:5 "<<" takes over/,
  ],
  ['a quote', MESH.replace('Shop', '"Shop'), /A text that begins with " is not closed\. Add " at its end\.$/],
  ['a bracket', MESH.replace('}', ''), /A "\{" above is not closed before this line|A "\{"/],
  ['an @', MESH.replace('Shop', '@home'), /Put quotes around a text that begins with "@"\.$/],
  ['a %', MESH.replace('Shop', '%home'), /Put quotes around a text that begins with "%"\.$/],
])('a mistake with %s has its place and its fix, in words of ours', (_, text, line) => {
  expect(lines(text)).toEqual([expect.stringMatching(line)]);
});
