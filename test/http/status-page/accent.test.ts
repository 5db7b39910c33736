// The accent colour of a page: readable on light and on dark, whatever colour people choose.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accentShades, contrast, pageStyle, pageStylePath } from '../../../src/http/status-page/accent.ts';
import { PAGE_CSS } from '../../../src/http/status-page/style.ts';

const color = fc.integer({ min: 0, max: 0xffffff }).map((value) => `#${value.toString(16).padStart(6, '0')}`);
const variable = (name: string, theme: 'light' | 'dark'): string => {
  const part = theme === 'light' ? PAGE_CSS : PAGE_CSS.slice(PAGE_CSS.indexOf('prefers-color-scheme: dark'));
  return new RegExp(`--${name}: (#[0-9a-f]{6})`).exec(part)?.[1] ?? 'missing';
};

test('contrast is that of WCAG: 21 for black on white, 1 for equal colours', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
  expect(contrast('#767676', '#ffffff')).toBeCloseTo(4.54, 2);
  expect(contrast('#123456', '#123456')).toBe(1);
});

test('every accent has a contrast of at least 4.5 on page and card, light and dark', () => {
  fc.assert(
    fc.property(color, (accent) => {
      const shades = accentShades(accent);
      for (const theme of ['light', 'dark'] as const)
        for (const background of ['page', 'card'])
          expect(contrast(shades[theme], variable(background, theme))).toBeGreaterThanOrEqual(4.5);
    }),
  );
});

test('an accent that can be read is not changed', () => {
  expect(accentShades('#0b57a4').light).toBe('#0b57a4');
  expect(accentShades('#8ec1ff').dark).toBe('#8ec1ff');
});

describe('the stylesheet', () => {
  test('each accent has a path and a stylesheet of its own', () => {
    const path = pageStylePath('#FFCC00');
    expect(path).toMatch(/^\/assets\/probemesh-[0-9a-f]{16}-ffcc00\.css$/);
    expect(pageStyle(path)).toContain(`--link:${accentShades('#ffcc00').light}`);
    expect(pageStyle(pageStylePath(null))).toBe(PAGE_CSS);
  });

  test.each(['light', 'dark'] as const)('every text colour can be read on its background in %s', (theme) => {
    for (const text of ['text', 'soft', 'link', 'good', 'warn', 'bad', 'no-data', 'calm'])
      for (const background of ['page', 'card'])
        expect(
          contrast(variable(text, theme), variable(background, theme)),
          `${text} on ${background}`,
        ).toBeGreaterThanOrEqual(4.5);
    for (const tone of ['good', 'warn', 'bad', 'no-data', 'calm'])
      expect(contrast(variable(tone, theme), variable(`${tone}-tint`, theme)), tone).toBeGreaterThanOrEqual(
        4.5,
      );
  });

  // WCAG 2.2, 1.4.11.
  test.each(['light', 'dark'] as const)(
    'every bar and line differs from its card by 3 to 1 in %s',
    (theme) => {
      const marks = ['up', 'down', 'part', 'none', 'work', ...Array.from({ length: 8 }, (_, i) => `c${i}`)];
      for (const mark of marks)
        expect(contrast(variable(mark, theme), variable('card', theme)), mark).toBeGreaterThanOrEqual(3);
    },
  );
});
