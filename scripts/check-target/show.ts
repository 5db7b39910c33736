// Owns results as text for a terminal: one paragraph for each location, with its phases and its trace.
import type { CheckResult } from '../../src/http/api/check-runs/schema.ts';

const PHASES = [
  ['dnsMs', 'dns'],
  ['connectMs', 'connect'],
  ['tlsMs', 'tls'],
  ['firstByteMs', 'first byte'],
  ['totalMs', 'total'],
] as const;

/** Names of facts, such as `tls.fingerprint`, are the longest. */
const NAME_WIDTH = 17;
const TIME_WIDTH = 12;

/** A target's text could control the terminal, so control characters are printed as code points. */
const plain = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });

const ms = (value: number): string => `${value.toFixed(3)} ms`;

export function showResults(results: readonly CheckResult[]): string {
  return results.map((result) => `${linesOf(result).map(plain).join('\n')}\n`).join('\n');
}

function linesOf(result: CheckResult): string[] {
  const { location, outcome, code, reason, phase, address, detail, degraded } = result;
  const why = [outcome, code ?? reason, phase && `in ${phase}`, address && `at ${address}`];
  return [
    `${location}  ${why.filter(Boolean).join(' ')}`,
    ...(detail === null ? [] : [`  ${detail}`]),
    ...degraded.map((warning) => `  warning: ${warning.detail}`),
    ...PHASES.flatMap(([key, name]) => {
      const value = result.timings[key];
      return value === undefined ? [] : [row(name, ms(value).padStart(TIME_WIDTH))];
    }),
    ...samplesOf(result),
    ...factsOf(result),
    ...responseOf(result),
    ...result.trace.map(({ atMs, text }) => `  ${ms(atMs).padStart(TIME_WIDTH)}  ${text}`),
  ];
}

const row = (name: string, text: string): string => `  ${name.padEnd(NAME_WIDTH)}${text}`;

function samplesOf({ samples }: CheckResult): string[] {
  if (!samples) return [];
  const { sent, lost, minMs, meanMs, maxMs, jitterMs } = samples;
  const times = Object.entries({ min: minMs, mean: meanMs, max: maxMs, jitter: jitterMs });
  const shown = times.flatMap(([name, value]) => (value === undefined ? [] : [`${name} ${ms(value)}`]));
  return [row('samples', [`${sent} sent`, `${lost} lost`, ...shown].join(', '))];
}

/** One row a fact, and one row a text where a fact has several. */
const factsOf = ({ facts }: CheckResult): string[] =>
  (facts ?? []).flatMap(({ name, value }) => [value].flat().map((one) => row(name, String(one))));

function responseOf({ response }: CheckResult): string[] {
  if (!response) return [];
  return [
    ...(response.status === undefined ? [] : [row('status', String(response.status))]),
    ...Object.entries(response.headers ?? {}).map(([name, value]) => row('header', `${name}: ${value}`)),
    ...(response.body ?? '')
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => row('body', line)),
  ];
}
