// Owns the charts of the dashboard: each `<figure data-chart="label" id="…">` is drawn from its data, which is `ChartData`
// (chart-data.ts) as JSON in a `<script type="application/json">` within, or at the path `data-src`. A `<details>` within, with the figures as a table, stays, folded. What is in
// `[data-fallback]` is for those who see no chart. Does not ask for data by itself, but for that of `data-src`.

import type { ChartData } from './chart-data.ts';
import { type Chart, drawChart } from './chart-draw.ts';

interface Drawn {
  readonly chart: Chart;
  readonly source: string;
}

const drawn = new WeakMap<HTMLElement, Drawn>();

async function sourceOf(figure: HTMLElement): Promise<string> {
  const path = figure.dataset.src;
  if (path === undefined) return figure.querySelector('script[type="application/json"]')?.textContent ?? '';
  const response = await fetch(path, { headers: { accept: 'application/json' } });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.text();
}

async function draw(figure: HTMLElement): Promise<void> {
  const source = await sourceOf(figure).catch(() => null);
  const before = drawn.get(figure);
  // The table and the picture are still there.
  if (source === null || source === '' || before?.source === source) return;
  const data = JSON.parse(source) as ChartData;
  if (data.x.length === 0 && data.range === undefined) return;
  if (before) {
    before.chart.update(data);
    drawn.set(figure, { chart: before.chart, source });
    return;
  }
  drawn.set(figure, { chart: drawChart(figure, data), source });
  figure.dataset.drawn = '';
  const table = figure.querySelector<HTMLDetailsElement>(':scope > details');
  if (table) table.open = false;
}

function drawAll(root: ParentNode): void {
  for (const figure of root.querySelectorAll<HTMLElement>('figure[data-chart]')) void draw(figure);
}

drawAll(document);
// live.ts has put new content into a region.
document.addEventListener('probemesh:changed', () => drawAll(document));
