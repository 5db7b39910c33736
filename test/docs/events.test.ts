// The events: which the code can send, which the guide lists as sent, and which are reserved.
import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type EventType, events, eventTypes, isReserved, severityOf } from '../../src/channels/events.ts';
import { openapi } from '../support/docs/openapi.ts';

const guide = readFileSync('docs/guide/webhooks.md', 'utf8');

/** The rows of the table below this header. */
function table(header: string): string[] {
  const start = guide.indexOf(header);
  expect(start).toBeGreaterThan(0);
  return guide.slice(start).split('\n\n')[0]!.split('\n').slice(2);
}

const namesIn = (rows: readonly string[]): string[] =>
  rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([\w.]+)`/g)].map(([, name = '']) => name));

const sent = eventTypes.filter((event) => !isReserved(event));
const reserved = eventTypes.filter(isReserved);

/** Events that name others, such as those that flapping suppresses, and the table itself: not where an event is sent. */
const NOT_SENDING =
  /(routing\/route|channels\/(events|pairs|render|example-bodies|condition|to-message|gathered-text|event-schemas))\.ts$|engine\/model\/notification\.ts$/;

/** The source of everything that can make a notification. A name such as `monitor.${kind}` stands for the kinds of warnings. */
const sources = globSync('src/**/*.{ts,tsx}')
  .filter((file) => !NOT_SENDING.test(file) && !file.includes('src/http/'))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

const WARNING = ['`monitor.$', '{kind}`'].join('');

const isNamed = (event: EventType): boolean =>
  sources.includes(`'${event}'`) ||
  (['monitor.degraded', 'monitor.certificate'].includes(event) && sources.includes(WARNING));

describe('what the code can send', () => {
  test.each(sent)('%s is made somewhere', (event) => {
    expect(isNamed(event)).toBe(true);
  });

  test.each(reserved)('%s is reserved: no code makes it', (event) => {
    expect(isNamed(event)).toBe(false);
  });
});

test('the guide lists the events that are sent, with their severity, and no others', () => {
  const rows = table('| event | severity | sent when |');
  expect(namesIn(rows)).toEqual(sent.toSorted((a, b) => namesIn(rows).indexOf(a) - namesIn(rows).indexOf(b)));
  for (const row of rows) {
    const [, name = '', severity = ''] = row.split('|').map((cell) => cell.trim());
    const event = name.replaceAll('`', '') as EventType;
    const inherits = events[event].severity === 'incident';
    expect(severity).toBe(inherits ? "the incident's" : severityOf(event, null));
  }
});

test('the guide lists the reserved events, and no others', () => {
  expect(namesIn(table('| reserved event | severity |')).toSorted()).toEqual(reserved.toSorted());
});

test('the OpenAPI document marks the reserved events, and no others', () => {
  for (const event of eventTypes)
    expect(openapi.webhooks[event].post.description.includes('Reserved: not sent today.')).toBe(
      isReserved(event),
    );
});

test('no other document claims that a reserved event is sent', () => {
  const others = globSync(['README.md', 'docs/guide/*.md', 'examples/**/*.md']).filter(
    (file) => !file.endsWith('webhooks.md'),
  );
  for (const file of others)
    for (const event of reserved) expect(readFileSync(file, 'utf8'), file).not.toContain(`\`${event}\``);
});
