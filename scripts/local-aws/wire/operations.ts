// Owns what an AWS service can do, read from the schemas that its SDK client carries: operations, their paths and shapes.
import { NormalizedSchema } from '@smithy/core/schema';

type SchemaRef = Parameters<typeof NormalizedSchema.of>[0];

export interface Operation {
  readonly name: string;
  readonly input: NormalizedSchema;
  readonly output: NormalizedSchema;
  /** Null where the protocol has one path for all operations. */
  readonly http: HttpBinding | null;
}

interface HttpBinding {
  readonly method: string;
  /** `['2015-03-31', 'functions', '{FunctionName}']` */
  readonly segments: readonly string[];
  /** What the query must contain: `[['list-type', '2']]`. */
  readonly query: readonly (readonly [string, string])[];
  readonly status: number;
}

/** What a request is matched with. */
export interface Target {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
}

const OPERATION = 9;

/** `sdk` is the module of a client, such as `import * as sdk from '@aws-sdk/client-lambda'`. */
export function operationsOf(sdk: object): ReadonlyMap<string, Operation> {
  const operations = new Map<string, Operation>();
  for (const value of Object.values(sdk)) {
    if (!Array.isArray(value) || value[0] !== OPERATION) continue;
    const [, , name, traits, input, output] = value as [
      number,
      string,
      string,
      unknown,
      SchemaRef,
      SchemaRef,
    ];
    operations.set(name, {
      name,
      input: NormalizedSchema.of(input),
      output: NormalizedSchema.of(output),
      http: bindingOf(traits),
    });
  }
  return operations;
}

function bindingOf(traits: unknown): HttpBinding | null {
  const http = (traits as { http?: [string, string, number] } | null)?.http;
  if (!http) return null;
  const [method, template, status] = http;
  const [path = '', query = ''] = template.split('?');
  // The SDK adds x-id to name the operation in logs. Browsers do not.
  const required = [...new URLSearchParams(query)].filter(([key]) => key !== 'x-id');
  return { method, segments: path.split('/').slice(1), query: required, status };
}

/** The operation of the most specific path and query that match. */
export function findRestOperation(
  operations: Iterable<Operation>,
  target: Target,
): { readonly operation: Operation; readonly labels: Readonly<Record<string, string>> } | null {
  let best: { operation: Operation; labels: Record<string, string>; weight: number } | null = null;
  for (const operation of operations) {
    const { http } = operation;
    if (!http || http.method !== target.method) continue;
    if (!http.query.every(([key, value]) => target.query.get(key) === value)) continue;
    const labels = labelsIn(http.segments, target.path.split('/').slice(1));
    if (!labels) continue;
    const fixed = http.segments.filter((segment) => !segment.startsWith('{')).length;
    const weight = http.query.length * 100 + fixed;
    if (!best || weight > best.weight) best = { operation, labels, weight };
  }
  return best;
}

function labelsIn(template: readonly string[], path: readonly string[]): Record<string, string> | null {
  const labels: Record<string, string> = {};
  for (const [index, segment] of template.entries()) {
    const part = path[index];
    const label = /^\{(?<name>\w+)(?<rest>\+?)\}$/.exec(segment)?.groups;
    if (part === undefined || (part === '' && label)) return null;
    if (label?.rest) {
      labels[label.name!] = path.slice(index).map(decodeURIComponent).join('/');
      return labels;
    }
    if (label) labels[label.name!] = decodeURIComponent(part);
    else if (part !== segment) return null;
  }
  return template.length === path.length || (path.length === template.length + 1 && path.at(-1) === '')
    ? labels
    : null;
}
