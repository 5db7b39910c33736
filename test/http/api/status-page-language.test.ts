// Which languages a status page takes: those that have texts. Another one would show English without a word.
import { expect, test } from 'vitest';
import { pageInputSchema } from '../../../src/http/api/status-pages/schema.ts';
import { LANGUAGE_TAGS } from '../../../src/status-pages/languages/index.ts';

test('a page takes "auto" and each language with texts, and refuses others with the list of them', () => {
  for (const language of ['auto', ...LANGUAGE_TAGS])
    expect(pageInputSchema.safeParse({ title: 'Shop', language }).success).toBe(true);
  for (const language of ['fr', 'de-AT', 'EN', '', 'en"><script>']) {
    const parsed = pageInputSchema.safeParse({ title: 'Shop', language });
    expect(parsed.error?.issues[0]?.message).toContain('auto, en, de');
  }
});
