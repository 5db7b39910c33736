// Owns a chart on a page: the data that the island draws, beside a table or a picture that says the same without script.
// Does not draw: islands/chart.ts does. The page needs `hasCharts`.
import { raw } from 'hono/html';
import type { Child } from 'hono/jsx';
import type { ChartData } from '../islands/chart-data.ts';

interface ChartFigureProps {
  /** What the chart shows: its caption. */
  readonly label: string;
  /** The data, or the path of a JSON response with it. */
  readonly data: ChartData | string;
  /** Unique on the page, so that a live page keeps the zoom and the view of each chart. */
  readonly id: string;
  /** A table of the figures: it stays, folded. */
  readonly table?: Child;
  /** A picture of the figures, such as an SVG with a title: the chart replaces it for people who see. */
  readonly picture?: Child;
}

export const ChartFigure = ({ label, data, id, table, picture }: ChartFigureProps) => (
  <figure
    class="chart"
    id={id}
    data-chart={label}
    {...(typeof data === 'string' ? { 'data-src': data } : {})}
  >
    <figcaption>{label}</figcaption>
    {typeof data === 'string' ? null : (
      // No script: browsers do not run this type, and `<` cannot end it.
      <script type="application/json">{raw(JSON.stringify(data).replaceAll('<', '\\u003c'))}</script>
    )}
    {picture === undefined ? null : <div data-fallback="">{picture}</div>}
    {table === undefined ? null : (
      <details class="more" open>
        <summary>Figures as a table</summary>
        {table}
      </details>
    )}
  </figure>
);
