// The page about templates names every tag, filter, limit and variable, and its templates are valid.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Channel } from '../../src/channels/channel.ts';
import { exampleMessage, templateProblem } from '../../src/channels/check-templates.ts';
import { custom } from '../../src/channels/custom.ts';
import { email } from '../../src/channels/email/index.ts';
import { MAX_OUTPUT, MAX_TEMPLATE_BYTES, TAGS } from '../../src/channels/template.ts';
import { FILTER_NAMES } from '../../src/channels/template-filters.ts';
import { templateVariables } from '../../src/channels/template-variables.ts';

const PAGE = readFileSync(new URL('../../docs/guide/templates.md', import.meta.url), 'utf8');
const figure = (value: number): string => value.toLocaleString('en-US');

test('the page lists every tag, filter and variable', () => {
  for (const name of [...TAGS, ...FILTER_NAMES]) expect(PAGE).toContain(`\`${name}\``);
  for (const name of Object.keys(templateVariables(exampleMessage('incident.opened'))))
    expect(PAGE).toContain(`\`${name}\``);
});

test('the limits of the page are those of the code', () => {
  expect(PAGE).toContain(`| template | ${figure(MAX_TEMPLATE_BYTES)} bytes |`);
  const { text, json, header } = MAX_OUTPUT;
  expect(PAGE).toContain(`120, ${figure(text)}, ${figure(json)}, ${figure(header)} characters`);
});

test('every template of the page is valid', () => {
  const body = /```liquid\n([\s\S]+?)```/.exec(PAGE)![1]!;
  const config = custom.config.parse({ url: 'https://api.example.com/v1' });
  expect(templateProblem(custom as unknown as Channel, config, { body })).toBeNull();
  const rows = [...PAGE.matchAll(/^\| `\w+`.* \| `([^`]+ \\\| [^`]+)` \|/gm)].map(([, code]) => code!);
  expect(rows.length).toBeGreaterThan(7);
  for (const code of rows) {
    const title = `{{ ${code.replaceAll('\\|', '|')} }}`;
    expect([title, templateProblem(email as unknown as Channel, {}, { title })]).toEqual([title, null]);
  }
});
