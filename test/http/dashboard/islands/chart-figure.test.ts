import { expect, test } from 'vitest';
import { ChartFigure } from '../../../../src/http/dashboard/parts/chart-figure.tsx';

const HOSTILE = '</script><script>alert(1)</script>';

test('a figure has its data as JSON that no name can end, beside its table', () => {
  const data = { unit: 'ms', x: [1], series: [{ label: HOSTILE, values: [2] }] };
  const html = String(ChartFigure({ id: 'latency', label: 'Latency', data, table: 'figures' }));
  const json = /<script type="application\/json">(.*?)<\/script>/.exec(html)![1]!;
  expect(JSON.parse(json)).toEqual(data);
  expect(html.match(/<script/g)).toHaveLength(1);
  expect(html).toContain('<summary>Figures as a table</summary>figures');
});

test('a figure whose data is at an address names it', () => {
  const html = String(ChartFigure({ id: 'latency', label: 'Latency', data: '/dashboard/data?a=1&b=2' }));
  expect(html).toContain('data-src="/dashboard/data?a=1&amp;b=2"');
  expect(html).not.toContain('<script');
});
