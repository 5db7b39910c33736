// Owns a page of the dashboard that is sent while it is made: its head at once, then each part as soon as it is there. It
// needs no script. Does not know what the parts are.
import type { Context } from 'hono';
import { raw } from 'hono/html';
import { bugFields, log } from '../../../log.ts';
import type { HttpEnv } from '../../context.ts';
import { type DashboardPage, dashboardPage } from '../dashboard-layout.tsx';

/** Where the parts go. Text of people is escaped, so it cannot be this comment. */
const PLACE = '<!--parts-->';

export const StreamedParts = () => raw(PLACE);

const BROKEN =
  '<p class="notice message bad" role="alert"><strong>The rest of this page could not be made. Go back, and try again.</strong></p>';

/** `parts` are HTML, and stand where the content has {@link StreamedParts}. An error ends them with a message. */
export async function streamedPage(
  c: Context<HttpEnv>,
  page: DashboardPage,
  parts: AsyncGenerator<string>,
): Promise<Response> {
  const drawn = await dashboardPage(c, page);
  const [head = '', tail = ''] = (await drawn.text()).split(PLACE);
  const texts = inOrder(head, parts, tail);
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = await texts.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: async () => void (await texts.return(undefined)),
  });
  return new Response(body, { status: drawn.status, headers: drawn.headers });
}

async function* inOrder(head: string, parts: AsyncGenerator<string>, tail: string): AsyncGenerator<string> {
  yield head;
  try {
    yield* parts;
  } catch (error) {
    // The status is sent already.
    log.error('http.page_broken', bugFields(error));
    yield BROKEN;
  }
  yield tail;
}
