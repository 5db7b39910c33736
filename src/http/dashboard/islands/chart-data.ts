// Owns the data of a chart, as a page has it. Pure: the server writes it, chart.ts draws it.

/** What was, beside the values: drawn as a band behind them. */
export interface ChartBand {
  /** Times are ms since the epoch. */
  readonly from: number;
  readonly to: number;
  readonly state: 'down' | 'partial' | 'no_data' | 'maintenance' | 'paused';
}

export interface ChartSeries {
  /** Shown in the legend, such as the name of a location. */
  readonly label: string;
  /** One for each time of `x`. Null: no value, and the line has a gap. */
  readonly values: readonly (number | null)[];
}

/** The parts of one whole, such as the phases of a check at one location: drawn on top of each other, the first at the bottom. */
export interface ChartStack {
  /** In the list of views, such as "Phases at eu-central-1". */
  readonly label: string;
  readonly parts: readonly ChartSeries[];
}

export interface ChartData {
  /** After each value: `ms`, `%`. */
  readonly unit: string;
  /** Times in ms since the epoch, ascending. */
  readonly x: readonly number[];
  /** Lines. The view that is shown first. */
  readonly series: readonly ChartSeries[];
  /** Name of that view in the list of views. Default: "By location". */
  readonly seriesLabel?: string;
  /** Further views. */
  readonly stacks?: readonly ChartStack[];
  readonly bands?: readonly ChartBand[];
  /** The range of time to show. Default: from the first to the last of `x`. */
  readonly range?: readonly [from: number, to: number];
  /** The least upper end of the axis of values. Default: 0, as the values need. */
  readonly max?: number;
}

/** The upper edge of each part, if it lies on those before it. A gap stays a gap. */
export function stacked(parts: readonly ChartSeries[]): (number | null)[][] {
  const edges: (number | null)[][] = [];
  for (const { values } of parts) {
    const below = edges.at(-1);
    edges.push(
      values.map((value, index) => {
        const under = below?.[index] ?? null;
        if (value === null) return under;
        return (under ?? 0) + value;
      }),
    );
  }
  return edges;
}
