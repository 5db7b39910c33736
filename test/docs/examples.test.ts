// Every block of JSON and YAML in the documents, against the schema of what it claims to be: "```json webhook".
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { checkSchema } from '../../probes/checks/catalogue.ts';
import { deployerPolicy } from '../../scripts/deploy/aws/policies/deployer.ts';
import { namesOf } from '../../scripts/deploy/names.ts';
import { parseSettings } from '../../scripts/deploy/settings.ts';
import { parseScenario } from '../../scripts/simulate/scenario.ts';
import { readConfigFile } from '../../scripts/start/config-file.ts';
import { exampleBody } from '../../src/channels/example-bodies.ts';
import { webhookBodySchema } from '../../src/channels/notification.ts';
import { withText } from '../../src/channels/render.ts';
import { webhook } from '../../src/channels/webhook.ts';
import { writtenSchema } from '../../src/channels/written-config.ts';
import { channelInputSchema } from '../../src/http/api/channels/schema.ts';
import { configurationSchema } from '../../src/http/api/configuration/schema.ts';
import { monitorInputSchema } from '../../src/http/api/monitors/schema.ts';
import { type Block, blocksOf, documents, jsonValues } from '../support/docs/blocks.ts';
import { bodyErrors, openapi, routeOf, schemaErrors } from '../support/docs/openapi.ts';

interface Parses {
  safeParse(value: unknown): { success: boolean; error?: { message: string } };
}
const by =
  (schema: Parses) =>
  (value: unknown): string[] => {
    const { success, error } = schema.safeParse(value);
    return success ? [] : [error?.message ?? 'invalid'];
  };
const byName = (name: string) => (value: unknown) => schemaErrors(['components', 'schemas', name], value);

/** What a JSON block can claim to be. Any schema of the OpenAPI document can be named too: `json Problem`. */
const KINDS: Readonly<Record<string, (value: unknown) => string[]>> = {
  monitor: by(monitorInputSchema),
  check: by(checkSchema),
  channel: by(channelInputSchema),
  'channel config as read': by(writtenSchema(webhook)),
  webhook: by(webhookBodySchema),
  configuration: by(configurationSchema),
  scenario: (value) => {
    const parsed = parseScenario(value);
    return parsed.ok ? [] : parsed.errors;
  },
  // For the settings that the page names.
  'deployer policy': (value) => {
    const { regions, watchdogRegions } = EXAMPLE_REGIONS;
    const scope = { accountId: '123456789012', names: namesOf({ name: 'probemesh' }) };
    const policy = deployerPolicy(scope, { regions, watchdogRegions });
    return isDeepStrictEqual(value, policy) ? [] : ['print it anew with scripts/deploy/aws/policies/main.ts'];
  },
};
const EXAMPLE_REGIONS = {
  regions: ['eu-central-1', 'us-east-1', 'ap-southeast-1'],
  watchdogRegions: ['eu-central-1', 'us-east-1'],
};

const isSchema = (name: string): boolean => name in openapi.components.schemas;

/** Pages of checks are generated: a monitor, or checks. */
function kindOf({ kind, document }: Block, value: unknown): string {
  if (kind !== '' || !document.startsWith('docs/checks/')) return kind;
  return typeof value === 'object' && value !== null && 'check' in value ? 'monitor' : 'check';
}

function jsonErrors(block: Block): string[] {
  return jsonValues(block.text).flatMap((value) => {
    const kind = kindOf(block, value);
    const validate = KINDS[kind] ?? (isSchema(kind) ? byName(kind) : null);
    if (validate === null)
      return [
        `say what this is after the language, such as \`\`\`json monitor: ${[...Object.keys(KINDS)].join(', ')}, or a schema of the OpenAPI document`,
      ];
    return validate(value);
  });
}

function yamlErrors({ kind, text }: Block): string[] {
  // test/system/lab/prometheus.test.ts runs a Prometheus with it.
  if (kind === 'prometheus') return [];
  // Of another program.
  if (kind === 'recipe') return parseDocument(text).errors.map(String);
  if (kind === 'deployment') return deploymentErrors(text);
  if (kind !== 'configuration') return ['say what this is after the language: ```yaml configuration'];
  const folder = mkdtempSync(join(tmpdir(), 'probemesh-docs-'));
  try {
    const file = join(folder, 'mesh.yaml');
    writeFileSync(file, text);
    readConfigFile(file);
    return [];
  } catch (error) {
    return [String(error)];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function deploymentErrors(text: string): string[] {
  try {
    parseSettings(text);
    return [];
  } catch (error) {
    return [String(error)];
  }
}

/** `POST /api/v1/silences`, then its body. */
function httpErrors({ text }: Block): string[] {
  const requests = text.split(/^(?=(?:GET|POST|PUT|PATCH|DELETE) )/m).filter((part) => part.trim() !== '');
  return requests.flatMap((request) => {
    const [, method = '', path = '', body = ''] = /^(\w+) (\S+)[^\n]*\n?([\s\S]*)$/.exec(request) ?? [];
    const route = routeOf(method, path);
    if (!route) return [`${method} ${path} is not a route`];
    const [value] = jsonValues(body);
    return bodyErrors(route, value);
  });
}

function errorsOf(block: Block): string[] {
  try {
    switch (block.language) {
      case 'json':
        return jsonErrors(block);
      case 'yaml':
      case 'yml':
        return yamlErrors(block);
      case 'http':
        return httpErrors(block);
      case '':
        return /^\s*[{[]/.test(block.text) ? ['name the language of this block'] : [];
      default:
        return [];
    }
  } catch (error) {
    return [String(error)];
  }
}

const blocks = documents.flatMap(blocksOf);

test('the documents have examples of each kind', () => {
  expect(new Set(blocks.map(({ kind }) => kind))).toContain('webhook');
  expect(blocks.filter(({ language }) => ['json', 'yaml', 'http'].includes(language)).length).toBeGreaterThan(
    15,
  );
});

test.each(blocks.filter(({ language }) => ['json', 'yaml', 'yml', 'http', ''].includes(language)))(
  'the example at $place matches its schema',
  (block) => {
    expect(errorsOf(block)).toEqual([]);
  },
);

test('a block without a kind, of an unknown kind, with an unknown field or with broken JSON is an error', () => {
  const block = (info: string, text: string): string[] => {
    const [one] = blocksOf({ name: 'x.md', text: `\`\`\`${info}\n${text}\n\`\`\`\n` });
    return errorsOf(one!);
  };
  const monitor =
    '{ "name": "A", "check": { "type": "tcp", "host": "a.example.com", "port": 1 }, "intervalSeconds": 60 }';
  expect(block('json monitor', monitor)).toEqual([]);
  expect(block('json', monitor)[0]).toMatch(/^say what this is/);
  expect(block('json monitr', monitor)[0]).toMatch(/^say what this is/);
  expect(block('', monitor)).toEqual(['name the language of this block']);
  expect(block('json monitor', monitor.replace('name', 'nam'))).not.toEqual([]);
  expect(block('json monitor', monitor.slice(1))).not.toEqual([]);
  expect(block('yaml', 'monitors: []')).not.toEqual([]);
  expect(block('yaml configuration', 'monitor: []')).not.toEqual([]);
  expect(block('http', 'POST /api/v1/monitor\n{}')).toEqual(['POST /api/v1/monitor is not a route']);
  expect(block('http', 'POST /api/v1/silences\n{}')).not.toEqual([]);
});

test('the body in the guide is consistent, and has the title and the summary that its data gives', () => {
  const webhooks = blocks.filter(({ kind }) => kind === 'webhook').flatMap(({ text }) => jsonValues(text));
  expect(webhooks.length).toBeGreaterThan(0);
  for (const value of webhooks) {
    const body = webhookBodySchema.parse(value);
    expect(body).toEqual(withText(body));
    const { incident } = body.data;
    if (incident) expect(incident.resolvedAt === null).toBe(incident.state === 'open');
    if (/opened|partial$/.test(body.type)) expect(incident?.state).toBe('open');
  }
  expect(exampleBody('incident.opened').data.incident?.resolvedAt).toBeNull();
});

test('the scenario of the examples folder is the one that the command line page names', () => {
  const page = documents.find(({ name }) => name === 'docs/guide/command-line.md')!.text;
  const [, file = ''] = /simulate -- (\S+)/.exec(page) ?? [];
  expect(parseScenario(JSON.parse(readFileSync(file, 'utf8')))).toMatchObject({ ok: true });
});
