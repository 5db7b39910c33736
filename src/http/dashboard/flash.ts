// Owns the message that the page after a redirect shows once: what a form did, and how to undo it. It is in a signed cookie,
// so no other site can put words or an undo button on a page.
import type { Context } from 'hono';
import { timingSafeEqual } from 'hono/utils/buffer';
import { toHex } from '../../hex.ts';
import { clearCookie, readCookie, writeCookie } from '../access/cookies.ts';
import { importHmacKey } from '../access/hmac-key.ts';
import { ownPath } from '../access/return-path.ts';
import type { HttpEnv } from '../context.ts';

export interface Flash {
  readonly text: string;
  readonly tone: 'good' | 'warn' | 'bad';
  /** A form that restores what was before. */
  readonly undo?: Undo;
}

interface Undo {
  /** A path of the dashboard that takes a POST. */
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

const MAX_AGE_SECONDS = 60;
/** RFC 6265bis, section 5.6: browsers drop longer cookies. An undo that does not fit is left out. */
const MAX_COOKIE = 3_500;

/** Redirects to a page that shows the message. A form may name the path: no line break gets into the header, and no other site. */
export async function redirectWith(c: Context<HttpEnv>, path: string, flash: Flash) {
  const whole = encode(flash);
  const text =
    whole.length <= MAX_COOKIE ? whole : encode({ text: flash.text.slice(0, 500), tone: flash.tone });
  writeCookie(c, 'flash', `${text}.${await signatureOf(c, text)}`, MAX_AGE_SECONDS);
  return c.redirect(ownPath(path) ?? '/dashboard', 303);
}

/** The message of this response, which no other response gets. */
export async function takeFlash(c: Context<HttpEnv>): Promise<Flash | null> {
  const cookie = readCookie(c, 'flash');
  if (cookie === null) return null;
  clearCookie(c, 'flash');
  const [text = '', signature = ''] = cookie.split('.');
  if (!(await timingSafeEqual(signature, await signatureOf(c, text)))) return null;
  return JSON.parse(decodeURIComponent(text)) as Flash;
}

const encode = (flash: Flash): string => encodeURIComponent(JSON.stringify(flash)).replaceAll('.', '%2E');

/** Bound to the session, as the tokens of forms are. */
async function signatureOf(c: Context<HttpEnv>, text: string): Promise<string> {
  const key = await importHmacKey(c.var.config.encryptionKey);
  const signed = `flash ${c.var.authenticated?.csrfKey} ${text}`;
  return toHex(new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(signed))));
}
