// Owns reading the markup of vendors into spans: Slack's mrkdwn, Markdown, Telegram's HTML. As far as alerts use it. Pure.
import type { Span } from './vendor.ts';

const plain = (text: string): Span => ({ text });

/** Applies `pattern` to the text, and `read` to each match. What is between the matches goes through `rest`. */
function split(
  text: string,
  pattern: RegExp,
  read: (match: RegExpExecArray) => readonly Span[],
  rest: (text: string) => readonly Span[] = (between) => [plain(between)],
): Span[] {
  const spans: Span[] = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > from) spans.push(...rest(text.slice(from, match.index)));
    spans.push(...read(match));
    from = match.index + match[0].length;
  }
  if (from < text.length) spans.push(...rest(text.slice(from)));
  return spans;
}

const ENTITIES: Readonly<Record<string, string>> = {
  ...{ '&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"', '&#39;': "'", '&#x27;': "'" },
};
const decoded = (text: string): string =>
  text.replace(/&(?:lt|gt|amp|quot|#39|#x27);/g, (entity) => ENTITIES[entity]!);

/** https://docs.slack.dev/messaging/formatting-message-text */
export const mrkdwn = (text: string): Span[] =>
  split(
    text,
    /<([^<>|]+)(?:\|([^<>]*))?>/g,
    ([, target, label]) =>
      /^https?:/.test(target!)
        ? [{ text: decoded(label ?? target!), href: decoded(target!) }]
        : // `<!channel>` and `<@U1>` would notify people.
          [{ text: `MENTION ${target}`, bold: true }],
    (between) =>
      split(
        between,
        /(?<![\w*])\*([^*\n]+)\*(?![\w*])|`([^`\n]+)`/g,
        ([, bold, code]) => [
          bold === undefined ? { text: decoded(code!), code: true } : { text: decoded(bold), bold: true },
        ],
        (rest) => [plain(decoded(rest))],
      ),
  );

/** Slack's `plain_text`: entities only. */
export const slackPlain = (text: string): Span[] => [plain(decoded(text))];

const UNESCAPED = /\\([\\`*_{}[\]()#+\-.!|~<>@:])/g;
const unescaped = (text: string): string => text.replace(UNESCAPED, '$1');

/** `**bold**`, `[label](https://…)`, `code` and backslashes. A mention is shown as such. */
export const markdown = (text: string): Span[] =>
  split(
    text,
    /(?<!\\)\[((?:\\.|[^\]\\])*)\]\((https?:[^\s)]+)\)|(?<!\\)\*\*((?:\\.|[^*\\])+)\*\*|(?<!\\)`([^`\n]+)`|(?<!\\)@(everyone|here|channel|all)\b/g,
    ([, label, href, bold, code, mention]) => {
      if (mention !== undefined) return [{ text: `MENTION @${mention}`, bold: true }];
      if (href !== undefined) return [{ text: unescaped(label ?? ''), href }];
      if (code !== undefined) return [{ text: code, code: true }];
      return [{ text: unescaped(bold!), bold: true }];
    },
    (between) => [plain(unescaped(between))],
  );

/** https://core.telegram.org/bots/api#html-style. Throws as the vendor does if a tag is not allowed. */
export function telegramHtml(text: string): Span[] {
  const spans: Span[] = [];
  const open: string[] = [];
  let href: string | undefined;
  for (const [token] of text.matchAll(/<[^>]*>|[^<]+|</g)) {
    const tag = /^<(\/?)(b|strong|i|em|u|s|code|pre|a|blockquote)(?:\s+href="([^"]*)")?>$/.exec(token);
    if (!tag) {
      if (token.startsWith('<')) throw new Error("can't parse entities: unsupported start tag");
      spans.push({
        text: decoded(token),
        ...(open.some((name) => name === 'b' || name === 'strong') ? { bold: true } : {}),
        ...(open.some((name) => name === 'code' || name === 'pre') ? { code: true } : {}),
        ...(href === undefined ? {} : { href }),
      });
      continue;
    }
    const [, closes, name, target] = tag;
    if (closes === '') {
      open.push(name!);
      if (name === 'a') href = decoded(target ?? '');
    } else {
      if (open.pop() !== name) throw new Error(`can't parse entities: unexpected end tag "${name}"`);
      if (name === 'a') href = undefined;
    }
  }
  if (open.length > 0) throw new Error(`can't parse entities: no end tag for "${open.at(-1)}"`);
  return spans;
}
