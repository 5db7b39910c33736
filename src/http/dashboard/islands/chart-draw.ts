// Owns drawing one chart with uPlot: views, legend, cursor, zoom, bands, colours and size. Does not read its data.
import uPlot from 'uplot';
import { type ChartBand, type ChartData, stacked } from './chart-data.ts';
import { element } from './element.ts';

export interface Chart {
  /** New data for the same chart: the view, the zoom and what is hidden stay. */
  update(data: ChartData): void;
}

const HEIGHT = 240;
const NARROW_HEIGHT = 190;
/** Lines differ by more than their colour. */
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3]];
const COLOURS = 8;

const BANDS: Record<ChartBand['state'], { readonly label: string; readonly colour: string }> = {
  down: { label: 'Down', colour: '--bad' },
  partial: { label: 'Partial', colour: '--warn' },
  no_data: { label: 'No data', colour: '--no-data' },
  maintenance: { label: 'Maintenance', colour: '--calm' },
  paused: { label: 'Paused', colour: '--edge' },
};

interface View {
  readonly label: string;
  readonly parts: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
  readonly isStack: boolean;
}

const viewsOf = ({ series, seriesLabel = 'By location', stacks = [] }: ChartData): View[] => [
  ...(series.length === 0 ? [] : [{ label: seriesLabel, parts: series, isStack: false }]),
  ...stacks.map(({ label, parts }) => ({ label, parts, isStack: true })),
];

export function drawChart(figure: HTMLElement, first: ChartData): Chart {
  let data = first;
  let views = viewsOf(data);
  let viewLabel = views[0]?.label ?? '';
  const hidden = new Set<string>();
  let zoom: readonly [number, number] | null = null;
  let plot: uPlot | null = null;

  const bar = element('div', { class: 'chart-bar', 'data-made': '' });
  const select = element('select', { 'aria-label': 'What the chart shows' });
  const reset = element('button', { type: 'button', class: 'quiet', hidden: '' }, 'Reset zoom');
  const when = element('span', { class: 'chart-when' });
  // What it shows is in the legend and in the table.
  const canvas = element('div', { class: 'chart-canvas', 'aria-hidden': 'true', 'data-made': '' });
  const legend = element('ul', { class: 'chart-legend', 'aria-label': 'Legend', 'data-made': '' });
  bar.append(select, when, reset);
  const caption = figure.querySelector(':scope > figcaption');
  if (caption) caption.after(bar, canvas, legend);
  else figure.prepend(bar, canvas, legend);

  const colour = (name: string): string => getComputedStyle(figure).getPropertyValue(name).trim() || 'gray';
  const view = (): View => views.find(({ label }) => label === viewLabel) ?? views[0]!;
  const shown = (label: string): boolean => !hidden.has(label);
  const text = (value: number | null | undefined): string =>
    value === null || value === undefined ? '–' : `${round(value)} ${data.unit}`;

  /** As uPlot wants them: times in seconds. Of a stack, the upper edges, the highest first so that lower ones cover it. */
  function columns(): uPlot.AlignedData {
    const { parts, isStack } = view();
    const visible = isStack ? stacked(parts.map((part) => (shown(part.label) ? part : none(part)))) : null;
    const rows = visible === null ? parts.map(({ values }) => values) : [...visible].reverse();
    return [data.x.map((at) => at / 1000), ...rows] as uPlot.AlignedData;
  }

  function range(): [number, number] {
    const [from, to] = data.range ?? [data.x[0]!, data.x.at(-1)!];
    return [from / 1000, to === from ? from / 1000 + 60 : to / 1000];
  }

  function options(): uPlot.Options {
    const { parts, isStack } = view();
    const order = isStack ? [...parts].reverse() : parts;
    const font = '12px system-ui, sans-serif';
    const axis = {
      stroke: colour('--soft'),
      font,
      ticks: { show: false },
      grid: { stroke: colour('--line'), width: 1 },
    };
    return {
      width: Math.max(200, canvas.clientWidth),
      height: canvas.clientWidth < 520 ? NARROW_HEIGHT : HEIGHT,
      padding: [10, 8, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
      scales: {
        x: { time: true, range: () => [...(zoom ?? range())] as [number, number] },
        y: {
          range: (_, __, max) => [0, Math.max(data.max ?? 0, (max ?? 0) * 1.08) || 1],
        },
      },
      series: [
        {},
        ...order.map(({ label }) => {
          const index = parts.findIndex((part) => part.label === label);
          const stroke = colour(`--c${(index % COLOURS) + 1}`);
          return {
            ...{ label, stroke, width: isStack ? 1 : 1.7, show: isStack || shown(label) },
            ...(isStack
              ? { fill: stroke }
              : { dash: DASHES[Math.floor(index / COLOURS) % DASHES.length] ?? [] }),
            points: { show: data.x.length < 40 && !isStack, size: 5, fill: stroke },
          } satisfies uPlot.Series;
        }),
      ],
      axes: [
        { ...axis, size: 30, values: (_, splits) => timeLabels(splits) },
        { ...axis, size: 62, values: (_, splits) => splits.map(text) },
      ],
      hooks: {
        drawClear: [drawBands],
        setCursor: [({ cursor }) => values(cursor.idx ?? null)],
        setSelect: [
          (u) => {
            if (u.select.width < 6) return;
            const [from, to] = [
              u.posToVal(u.select.left, 'x'),
              u.posToVal(u.select.left + u.select.width, 'x'),
            ];
            u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            zoomTo([from, to]);
          },
        ],
      },
    };
  }

  function drawBands(u: uPlot): void {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const { from, to, state } of data.bands ?? []) {
      const left = u.valToPos(from / 1000, 'x', true);
      const width = Math.max(2, u.valToPos(to / 1000, 'x', true) - left);
      ctx.fillStyle = colour(BANDS[state].colour);
      ctx.globalAlpha = 0.16;
      ctx.fillRect(left, bbox.top, width, bbox.height);
      ctx.globalAlpha = 1;
      ctx.fillRect(left, bbox.top, width, 3 * devicePixelRatio);
    }
    ctx.restore();
  }

  function zoomTo(range: readonly [number, number] | null): void {
    zoom = range;
    reset.hidden = range === null;
    plot?.redraw(true, true);
    plot?.setData(columns(), true);
  }

  /** The values under the cursor, in the legend. */
  function values(index: number | null): void {
    const at = index === null ? undefined : data.x[index];
    when.textContent = at === undefined ? '' : [exact.format(at), ...bandsAt(at)].join(' · ');
    for (const part of view().parts) {
      const output = [...legend.querySelectorAll<HTMLElement>('[data-of]')].find(
        ({ dataset }) => dataset.of === part.label,
      );
      if (output) output.textContent = index === null ? '' : text(part.values[index]);
    }
  }

  const bandsAt = (at: number): string[] =>
    (data.bands ?? [])
      .filter(({ from, to }) => from <= at && at <= to)
      .map(({ state }) => BANDS[state].label);

  function drawLegend(): void {
    const { parts, isStack } = view();
    const states = [...new Set((data.bands ?? []).map(({ state }) => state))];
    legend.replaceChildren(
      ...parts.map(({ label }, index) => {
        const dashed = !isStack && index >= COLOURS ? ' dashed' : '';
        const button = element('button', { type: 'button', 'aria-pressed': String(shown(label)) });
        button.append(
          element('i', { class: `swatch c${(index % COLOURS) + 1}${dashed}`, 'aria-hidden': 'true' }),
          element('bdi', {}, label),
          element('span', { class: 'value', 'data-of': label }),
        );
        button.addEventListener('click', () => {
          if (!hidden.delete(label)) hidden.add(label);
          button.setAttribute('aria-pressed', String(shown(label)));
          redraw();
        });
        return item(button);
      }),
      ...states.map((state) => {
        const key = element('span', { class: 'band' });
        key.append(
          element('i', { class: `swatch band-${state}`, 'aria-hidden': 'true' }),
          BANDS[state].label,
        );
        return item(key);
      }),
    );
  }

  function drawSelect(): void {
    select.hidden = views.length < 2;
    select.replaceChildren(...views.map(({ label }) => element('option', { value: label }, label)));
    select.value = view().label;
  }

  function redraw(): void {
    plot?.destroy();
    plot = views.length === 0 ? null : new uPlot(options(), columns(), canvas);
  }

  select.addEventListener('change', () => {
    viewLabel = select.value;
    hidden.clear();
    drawLegend();
    redraw();
  });
  reset.addEventListener('click', () => zoomTo(null));
  canvas.addEventListener('dblclick', () => zoomTo(null));
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  let width = canvas.clientWidth;
  new ResizeObserver(() => {
    if (canvas.clientWidth === width || canvas.clientWidth === 0) return;
    width = canvas.clientWidth;
    redraw();
  }).observe(canvas);
  drawSelect();
  drawLegend();
  redraw();

  return {
    update(next) {
      data = next;
      views = viewsOf(next);
      drawSelect();
      drawLegend();
      redraw();
    },
  };
}

const item = (content: Node): HTMLElement => {
  const li = element('li');
  li.append(content);
  return li;
};

const none = <T extends { readonly values: readonly unknown[] }>(part: T): T => ({
  ...part,
  values: part.values.map(() => null),
});

const round = (value: number): string =>
  value.toLocaleString('en', { maximumFractionDigits: value >= 100 ? 0 : value >= 10 ? 1 : 2 });

const exact = new Intl.DateTimeFormat(undefined, {
  dateStyle: 'medium',
  timeStyle: 'medium',
  hourCycle: 'h23',
});
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const clockWithSeconds = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** In the zone of the viewer: the day where it begins, and otherwise the time. */
function timeLabels(splits: readonly number[]): string[] {
  const stepSeconds = splits.length > 1 ? splits[1]! - splits[0]! : 60;
  return splits.map((at, index) => {
    const date = new Date(at * 1000);
    const isNewDay = index === 0 || new Date(splits[index - 1]! * 1000).getDate() !== date.getDate();
    if (stepSeconds >= 86_400) return day.format(date);
    const time = (stepSeconds < 60 ? clockWithSeconds : clock).format(date);
    return isNewDay && index > 0 ? day.format(date) : time;
  });
}
