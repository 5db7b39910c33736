// Owns what a form keeps when a person chooses another type of check: the target, as far as both types have it. Pure.
import { isHeartbeat } from '../../../heartbeats/check.ts';
import type { PostedValues } from '../schema-form/form-input.ts';
import { guessCheck, type Kind } from './guess-check.ts';

const DAY_SECONDS = 86_400;

const KIND_OF_TYPE: Readonly<Record<string, Kind>> = {
  http: 'https',
  tls: 'tls',
  tcp: 'tcp',
  dns: 'dns',
  script: 'service',
};

/** The target of the posted check, as a person would type it. */
export function targetText(values: PostedValues): string {
  const one = (name: string): string => values[`check.${name}`]?.at(-1)?.trim() ?? '';
  if (values['check.type']?.at(-1) === 'http') return one('url');
  const host = values['check.type']?.at(-1) === 'dns' ? one('server') || one('name') : one('host');
  const shown = host.includes(':') ? `[${host}]` : host;
  return one('port') === '' ? shown : `${shown}:${one('port')}`;
}

/** A check of the other type for the same target. Its fields may be incomplete: the person fills them in. */
export function convertCheck(
  values: PostedValues,
  type: string,
): { readonly type: string } & Readonly<Record<string, unknown>> {
  if (isHeartbeat({ type })) return { type, everySeconds: DAY_SECONDS };
  const text = targetText(values);
  const kind = KIND_OF_TYPE[type];
  const guess = kind === undefined ? null : guessCheck(text, kind);
  if (guess?.kind === 'check' && guess.check.type === type) return guess.check;
  const known = guessCheck(text, 'tcp');
  const { host, port } = known.kind === 'check' ? known.check : { host: hostOf(values), port: undefined };
  return { type, host, ...(port === undefined ? {} : { port }) };
}

const hostOf = (values: PostedValues): string => {
  const url = URL.parse(values['check.url']?.at(-1) ?? '');
  return url?.hostname.replace(/^\[(.*)\]$/, '$1') ?? values['check.host']?.at(-1) ?? '';
};
