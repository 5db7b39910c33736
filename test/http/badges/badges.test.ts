// What badges say, and that their picture is well formed and runs nothing, whatever a name contains.
import { describe, expect, test } from 'vitest';
import { BADGE_COLORS, badgeSvg } from '../../../src/http/badges/badge-svg.ts';
import {
  findSubject,
  latencyBadge,
  pageSubject,
  shieldsEndpoint,
  stateBadge,
  uptimeBadge,
} from '../../../src/http/badges/badges.ts';
import { textWidth } from '../../../src/http/badges/text-width.ts';
import { contrast } from '../../../src/http/status-page/accent.ts';
import { everyPageView, HOSTILE } from '../../support/every-page-view.ts';
import { barsOf, component, group, NOW, pageView } from '../../support/page-view.ts';

const view = everyPageView();
const subject = (id: string) => findSubject(view, id)!;

describe('badges', () => {
  test('a component that the page does not show has no badge, like one that does not exist', () => {
    for (const id of ['monitor:private', 'nothing', '', 'group:', 'static:shop', '__proto__'])
      expect(findSubject(view, id)).toBeNull();
  });

  test('a component is found by its ref, a monitor also by its id, and a group by its name', () => {
    for (const id of ['monitor:shop', 'shop', 'static:support', `group:${HOSTILE}`])
      expect(findSubject(view, id)).not.toBeNull();
  });

  test('without data a badge is grey and names no uptime, and it is never green', () => {
    expect(stateBadge(subject('new'))).toEqual({ label: 'New', message: 'no data', color: 'lightgrey' });
    expect(stateBadge(subject('off'))).toEqual({ label: 'Old', message: 'paused', color: 'lightgrey' });
    expect(uptimeBadge(subject('new'), 90, NOW)).toEqual({
      label: 'uptime 90 d',
      message: 'no data',
      color: 'lightgrey',
    });
    expect(latencyBadge(null)).toEqual({ label: 'latency', message: 'no data', color: 'lightgrey' });
  });

  test('the state of the page, of a group and of a component is in words', () => {
    expect(stateBadge(pageSubject(view, 'Shop'))).toEqual({ label: 'Shop', message: 'down', color: 'red' });
    expect(stateBadge(subject('mail'))).toMatchObject({ message: 'partial outage', color: 'orange' });
    expect(stateBadge(subject('work'))).toMatchObject({ message: 'under maintenance', color: 'blue' });
    expect(stateBadge(subject('shop'))).toMatchObject({ message: 'operational', color: 'brightgreen' });
  });

  test('the uptime counts the newest days only, is rounded down, and of several services is that of all of their time', () => {
    const bars = barsOf({ 40: { down: 86_400_000 / 2 } });
    const page = pageView({
      groups: [group(null, [component({ id: 'a' }, { bars }), component({ id: 'b' }, { bars: barsOf() })])],
    });
    expect(uptimeBadge(findSubject(page, 'a')!, 30, NOW).message).toBe('100.00%');
    expect(uptimeBadge(findSubject(page, 'a')!, 90, NOW)).toMatchObject({
      message: '99.44%',
      color: 'yellow',
    });
    expect(uptimeBadge(pageSubject(page, 'All'), 90, NOW).message).toBe('99.72%');
  });

  test('a latency has one decimal below 10 ms', () => {
    expect([latencyBadge(3.21).message, latencyBadge(142.4).message]).toEqual(['3.2 ms', '142 ms']);
  });

  test('the JSON is what shields.io reads, and an error says so', () => {
    expect(shieldsEndpoint(stateBadge(subject('shop')))).toEqual({
      ...{ schemaVersion: 1, label: 'Web shop', message: 'operational', color: 'brightgreen' },
    });
    expect(shieldsEndpoint({ label: 'a', message: 'not found', color: 'lightgrey' }, true).isError).toBe(
      true,
    );
  });
});

describe('the picture of a badge', () => {
  test('a hostile name is text: the only elements are those of the badge', () => {
    const svg = badgeSvg({ label: `${HOSTILE}\u0000\u000b`, message: ']]><!--', color: 'red' });
    expect(new Set(svg.match(/<[a-z/]+/gi))).toEqual(
      new Set([
        ...['<svg', '<title', '</title', '<clipPath', '<rect', '</clipPath', '<g', '</g', '<text', '</text'],
        '</svg',
      ]),
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 allows none of them.
    expect(svg).not.toMatch(/[\u0000-\u0008\u000b]|href|\son\w+=|<!|style=/);
  });

  test('white text on every colour has a contrast of 4.5 or more', () => {
    for (const color of Object.values(BADGE_COLORS))
      expect(contrast(color, '#ffffff')).toBeGreaterThanOrEqual(4.5);
  });

  test('texts of every script fit their box, which grows with them', () => {
    expect(textWidth('operational')).toBeCloseTo(62.1, 5);
    expect(textWidth('中文')).toBe(22);
    expect(textWidth('é'.normalize('NFD'))).toBe(textWidth('e'));
    expect(textWidth('')).toBe(0);
  });
});
