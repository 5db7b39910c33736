// Owns the text format of Prometheus, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats). Pure.
// Does not know what is measured.

export const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** All samples of one name. Every value here can fall, so every family is a gauge. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

/** A family without samples is left out. The last line ends with a line feed. */
export const exposition = (families: readonly MetricFamily[]): string =>
  families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, samples }) =>
      [
        `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n`,
        `# TYPE ${name} gauge\n`,
        ...samples.map(({ labels, value }) => `${name}${labelText(labels)} ${value}\n`),
      ].join(''),
    )
    .join('');

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };
const escaped = (value: string): string => value.replace(/[\\"\n]/g, (sign) => ESCAPES[sign]!);

/**
 * Tags as labels: `tag_` and the name, every other character an underscore, as Prometheus does itself with the names of
 * Kubernetes. Of two names that become the same, the later one gets a number.
 */
export function tagLabels(tags: Labels): Labels {
  const labels: Record<string, string> = {};
  for (const [name, value] of Object.entries(tags).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const label = `tag_${name.replace(/[^a-zA-Z0-9_]/g, '_')}`;
    labels[freeLabel(labels, label)] = value;
  }
  return labels;
}

function freeLabel(labels: Labels, label: string): string {
  let free = label;
  for (let copy = 2; Object.hasOwn(labels, free); copy += 1) free = `${label}_${copy}`;
  return free;
}
