// The commands and routes that the documents name: curl, `METHOD /path`, npx and npm run.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { blocksOf, documents, type TextDocument } from '../support/docs/blocks.ts';
import { bodyErrors, routeOf } from '../support/docs/openapi.ts';

/** The control address of the local mesh, which is not part of the API: scripts/start/control.ts. */
const CONTROL = /^(GET \/|PUT \/(targets|locations|machinery)\/[^/]+)$/;
/** Pages, and routes whose documents are not in the OpenAPI document. */
const PAGES = /^GET \/(api\/v1\/(docs|openapi\.json)|incidents\/[^/]+|)$/;

interface Curl {
  readonly command: string;
  readonly method: string;
  readonly url: URL;
  readonly body: string | undefined;
}

/** The curl commands of a text, each with its continued lines and its quoted body. */
function curlsIn(text: string): Curl[] {
  const commands =
    text.match(/(?<=^|[`\s])curl (?=['"-]|http)(?:'[^']*'(?:"[^"]*"'[^']*')*|"[^"]*"|\\\n|[^'"\n`\\])+/gm) ??
    [];
  return commands.map((command) => {
    const address = /https?:\/\/[^\s'"`]+/.exec(command)?.[0];
    if (!address) throw new Error(`no address in: ${command}`);
    const body = /(?:-d|--data) '((?:[^']|'"[^"]*"')*)'/.exec(command)?.[1];
    const method = /-X (\w+)/.exec(command)?.[1] ?? (body === undefined ? 'GET' : 'POST');
    return { command, method, url: new URL(address), body };
  });
}

function curlErrors({ command, method, url, body }: Curl): string[] {
  const request = `${method} ${url.pathname}`;
  if (url.port === '8791')
    return CONTROL.test(request) ? [] : [`${request} is not a route of the control address`];
  if (PAGES.test(request)) return [];
  const route = routeOf(method, url.pathname);
  if (!route) return [`${request} is not a route`];
  const needsToken = route.operation.security.length > 0;
  const errors = needsToken && !/authorization: bearer/i.test(command) ? [`${request} needs the token`] : [];
  // A shell variable within quotes stands for a text, such as a secret.
  const written = body?.replace(/'"\$\w+"'/g, 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD');
  // The body is in a file.
  const isFile = /--data-binary @/.test(command);
  const isJson = body === undefined || /content-type: application\/json/i.test(command);
  return [
    ...errors,
    ...(isJson ? [] : [`${request} sends a body without content-type: application/json`]),
    ...(isFile ? [] : bodyErrors(route, written === undefined ? undefined : JSON.parse(written))),
  ];
}

/** Jobs run them with addresses in variables: test/system/lab/heartbeats.test.ts runs some. */
const withoutRecipes = (text: string): string => text.replace(/<!-- recipes[\s\S]*?<!-- \/recipes -->/g, '');

const curls = documents.flatMap(({ name, text }) =>
  curlsIn(withoutRecipes(text)).map((curl) => ({ name, ...curl })),
);

test('the documents have curl commands', () => {
  expect(curls.length).toBeGreaterThanOrEqual(7);
});

test.each(curls)('in $name, this request exists and is valid: $command', (curl) => {
  expect(curlErrors(curl)).toEqual([]);
});

test('a curl command with a wrong path, method, body or without the token is an error', () => {
  const errors = (command: string): string[] => curlsIn(command).flatMap(curlErrors);
  const at = 'http://127.0.0.1:8787/api/v1';
  const token = '-H "Authorization: Bearer $KEY"';
  expect(errors(`curl ${token} ${at}/monitors`)).toEqual([]);
  expect(errors(`curl ${at}/monitors`)).toEqual(['GET /api/v1/monitors needs the token']);
  expect(errors(`curl ${token} ${at}/monitor`)).toEqual(['GET /api/v1/monitor is not a route']);
  expect(errors(`curl -X PUT ${token} ${at}/monitors`)).toEqual(['PUT /api/v1/monitors is not a route']);
  const json = '-H "Content-Type: application/json"';
  expect(errors(`curl ${token} ${json} -d '{"name":"A"}' \\\n  ${at}/monitors`)).not.toEqual([]);
  expect(errors('curl -X PUT http://127.0.0.1:8791/target/web-shop')).not.toEqual([]);
});

/** `GET`, `POST /api/v1/monitors` in a table, and `PUT /api/v1/configuration` in prose. */
function routesIn({ text }: TextDocument): string[] {
  const METHODS = '(?:GET|POST|PUT|PATCH|DELETE)';
  const listed = text.matchAll(
    new RegExp(`((?:\`?${METHODS}\`?,? )+)(?:on )?\`?(/(?:api/v1|healthz)[\\w/{}.-]*)`, 'g'),
  );
  return [...listed].flatMap(([, methods = '', path = '']) =>
    (methods.match(/[A-Z]+/g) ?? []).map((method) => `${method} ${path.replace(/[.,]$/, '')}`),
  );
}

test.each(documents.filter((document) => routesIn(document).length > 0))(
  'the routes that $name names exist',
  (document) => {
    const missing = routesIn(document).filter((request) => {
      const [method = '', path = ''] = request.split(' ');
      return !PAGES.test(request) && routeOf(method, path) === undefined;
    });
    // A table of the API lists shared paths as `/api/v1/maintenances/{id}` and `/api/v1/silences/{id}`.
    expect(missing).toEqual([]);
  },
);

describe('a fresh clone', () => {
  const bootstrap = readFileSync('scripts/bootstrap.mjs', 'utf8');
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

  /** Scripts that install the packages by themselves. */
  const installs = (name: string): boolean =>
    /^node scripts\/bootstrap\.mjs/.test(scripts[name] ?? '') &&
    new RegExp(`^  '?${/bootstrap\.mjs (\S+)/.exec(scripts[name]!)![1]}'?: \\[`, 'm').test(bootstrap);

  /** The first command that needs installed packages, and comes before `npm ci` and before a command that installs them. */
  function firstTooEarly(text: string): string | null {
    for (const [command, script] of text.matchAll(
      /\bnpm ci\b|\bnpx \w+(?: \w+)?|\bnpm run (?:-s )?([\w:-]+)|\bnpm (?:start|test)\b/g,
    )) {
      if (/^npm (ci|start|test)/.test(command)) return null;
      if (script !== undefined && installs(script)) return null;
      return command;
    }
    return null;
  }

  // A step that needs packages names the command that installs them, on the same page.
  test.each([
    'README.md',
    'docs/guide/deploy.md',
    'docs/guide/command-line.md',
    'docs/guide/local-mesh.md',
    'CONTRIBUTING.md',
  ])('the first command of %s works', (name) => {
    expect(firstTooEarly(documents.find((document) => document.name === name)!.text)).toBeNull();
  });

  test('a command that needs packages before they are installed is found', () => {
    expect(firstTooEarly('Run `npm run build:probe`.')).toBe('npm run build:probe');
    expect(firstTooEarly('Run `npx wrangler deploy`, then `npm ci`.')).toBe('npx wrangler deploy');
    expect(firstTooEarly('Run `npm ci`, then `npx wrangler deploy`.')).toBeNull();
  });

  test('every script of a block of commands exists', () => {
    const commands = documents
      .flatMap(blocksOf)
      .flatMap(({ text }) => [...text.matchAll(/npm run (?:-s )?([\w:-]+)/g)]);
    for (const [, script = ''] of commands) expect(Object.keys(scripts)).toContain(script);
  });
});

describe('the variables of the Worker', () => {
  const deploy = documents.find(({ name }) => name === 'docs/guide/deploy.md')!.text;
  const env = readFileSync('src/env.ts', 'utf8');
  const vars = readFileSync('wrangler.toml', 'utf8').split('[vars]')[1]!.split('\n[')[0]!;

  test('the guide names every variable of wrangler.toml', () => {
    const names = [...vars.matchAll(/^([A-Z][A-Z0-9_]+) =/gm)].map(([, name = '']) => name);
    expect(names.length).toBeGreaterThan(5);
    for (const name of names) expect(deploy).toContain(`\`${name}\``);
  });

  test('every variable and secret in the tables of the guide is read by the Worker', () => {
    const rows = deploy.split('\n').filter((line) => /^\| `[A-Z]/.test(line));
    const names = rows.flatMap((row) => row.split('|')[1]!.match(/[A-Z][A-Z0-9_]+/g) ?? []);
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(env).toMatch(new RegExp(`\\b${name}\\b`));
  });
});
