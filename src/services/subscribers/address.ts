// Owns which addresses can subscribe, and their canonical form: two ways to write an address are one subscriber. Pure.
import { validateReceiverUrl } from '../../channels/receiver-url.ts';
import { err, ok, type Result } from '../../result.ts';
import type { SubscriberKind } from '../../store/subscribers.ts';

export interface Address {
  /** What mails and requests are sent to. */
  readonly address: string;
  /** What the hash is made of. */
  readonly canonical: string;
  /** What limits count: a mailbox, or the host of a URL. */
  readonly receiver: string;
}

interface Options {
  readonly allowLoopback: boolean;
}

/** RFC 5321, 4.5.3.1. */
const MAX_EMAIL = 254;
const MAX_LOCAL = 64;
const MAX_URL = 1_000;
/** RFC 5322, 3.2.3: an atom. No quoted local parts: a header has none, whatever a program makes of it. */
const LOCAL = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;
const SLACK = /^https:\/\/hooks\.slack\.com\/(services|workflows|triggers)\/[A-Za-z0-9/_-]{10,200}$/;

/** A page words the code in its language. The message is for the API. */
export interface AddressError {
  readonly code: 'email' | 'email_ascii' | 'slack' | 'url' | 'use_slack';
  readonly message: string;
}

type Read = Result<Address, AddressError>;
const refuse = (code: AddressError['code'], message: string): Read => err({ code, message });

export function readAddress(kind: SubscriberKind, text: string, options: Options): Read {
  const trimmed = text.trim();
  if (kind === 'email') return readEmail(trimmed);
  return kind === 'slack' ? readSlack(trimmed) : readWebhook(trimmed, options);
}

function readEmail(text: string): Read {
  const invalid = refuse('email', 'Invalid email address. Use name@host.');
  const at = text.lastIndexOf('@');
  const local = text.slice(0, at);
  if (at < 1 || text.length > MAX_EMAIL || local.length > MAX_LOCAL) return invalid;
  if (!LOCAL.test(local))
    return /^\p{ASCII}*$/u.test(local)
      ? invalid
      : refuse(
          'email_ascii',
          'The part before "@" has a character that is not ASCII, such as a letter of another alphabet that looks alike. Type it again.',
        );
  const domain = asciiDomain(text.slice(at + 1));
  if (domain === null || local.length + domain.length + 1 > MAX_EMAIL) return invalid;
  const address = `${local}@${domain}`;
  const mailbox = `${local.toLowerCase().replace(/(?<=.)\+.*$/, '')}@${domain}`;
  return ok({ address, canonical: address.toLowerCase(), receiver: mailbox });
}

/** An international name as DNS has it. Its look-alikes differ in that form. Null if it is not a host name. */
function asciiDomain(text: string): string | null {
  // No character that a URL treats in its own way.
  if (!/^[\p{L}\p{M}\p{N}.-]+$/u.test(text)) return null;
  const host = URL.parse(`https://${text}/`)?.hostname ?? '';
  return DOMAIN.test(host) ? host : null;
}

function readSlack(text: string): Read {
  return SLACK.test(text)
    ? ok({ address: text, canonical: text, receiver: text })
    : refuse(
        'slack',
        'Invalid address. Use that of an incoming webhook of Slack: https://hooks.slack.com/services/…',
      );
}

/** Only the port of https: a stranger must not choose which port of a host the coordinator connects to. */
function readWebhook(text: string, options: Options): Read {
  if (text.length > MAX_URL || !/^[!-~]+$/.test(text))
    return refuse('url', 'Invalid URL. Use https://host/path.');
  const refused = validateReceiverUrl(text, options);
  if (refused !== null) return refuse('url', refused);
  const url = new URL(text);
  if (url.port !== '' && !options.allowLoopback)
    return refuse('url', 'The port must be 443. Remove it from the URL.');
  if (url.hash !== '') return refuse('url', 'The URL must not contain "#". Remove it.');
  if (/(^|\.)slack(-gov)?\.com$/.test(url.hostname))
    return refuse('use_slack', 'This is an address of Slack. Choose Slack instead of a webhook.');
  return ok({ address: url.href, canonical: url.href, receiver: url.host });
}

/** Enough to recognise an own address, and not enough to learn it from a forwarded mail. */
export function maskedAddress(kind: SubscriberKind, address: string): string {
  if (kind === 'email') {
    const at = address.lastIndexOf('@');
    return `${address.slice(0, 1)}…${address.slice(at)}`;
  }
  return URL.parse(address)?.host ?? '…';
}
