// Owns how the inbox imitates Resend's API, as a mail program that shows the text of the message.
// https://resend.com/docs/api-reference/emails/send-email
import { at, json, type Part, parseBody, type Span, stringOf, type Vendor } from './vendor.ts';

/** Addresses in text are links, as mail programs show them. */
const linked = (line: string): Span[] =>
  line
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((part, index): Span => (index % 2 === 1 ? { text: part, href: part } : { text: part }))
    .filter(({ text }) => text !== '');

export const email: Vendor = {
  id: 'email',
  name: 'Email',
  read({ path, body }) {
    if (!path.startsWith('/emails')) throw new Error('Not found');
    const message = parseBody(body);
    const subject = stringOf(at(message, 'subject'));
    const from = stringOf(at(message, 'from'));
    const to = [at(message, 'to')]
      .flat()
      .map(stringOf)
      .filter((one) => one !== '');
    const content = stringOf(at(message, 'text'));
    if (from === '' || to.length === 0 || subject === '')
      throw new Error('Missing `from`, `to` or `subject` field.');
    if (/[\r\n]/.test(subject)) throw new Error('Invalid `subject` field.');
    const paragraphs = content.split(/\n{2,}/).filter((one) => one.trim() !== '');
    const parts: Part[] = [
      { kind: 'heading', spans: [{ text: subject }] },
      { kind: 'text', dim: true, spans: [{ text: `From: ${from}` }] },
      ...paragraphs.map((one): Part => ({ kind: 'text', spans: linked(one) })),
    ];
    const headers = at(message, 'headers');
    const thread = stringOf(at(headers, 'References')) || stringOf(at(headers, 'In-Reply-To')) || null;
    return { where: `To: ${to.join(', ')}`, colour: null, parts, thread };
  },
  accept: (_, number) => json(200, { id: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}` }),
  reject: (reason) => json(422, { statusCode: 422, name: 'validation_error', message: reason }),
};
