// Owns the headers of a page of a status page that its content decides: language, and where its logo comes from.
// Does not decide who may read it, nor whether a cache may keep it for others: src/http/pages does.
import type { Context } from 'hono';
import type { HttpEnv } from '../context.ts';
import { IMAGE_ORIGIN } from '../security-headers.ts';
import { type PageStatus, page } from '../ui/page.ts';
import type { Rendering } from './rendering.tsx';

type Content = Parameters<typeof page>[1];

export function showPage(
  c: Context<HttpEnv>,
  { page: shown, texts }: Pick<Rendering, 'page' | 'texts'>,
  content: Content,
  status: PageStatus = 200,
) {
  const { logoUrl, language } = shown.config;
  c.header('content-language', texts.tag);
  // RFC 9110, 12.5.5: another reader may get another language.
  if (language === 'auto') c.header('vary', 'Accept-Language', { append: true });
  if (logoUrl !== null) c.header(IMAGE_ORIGIN, new URL(logoUrl).origin);
  return page(c, content, status);
}
