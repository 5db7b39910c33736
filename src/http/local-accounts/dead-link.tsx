// Owns the page of a link that does not work. It does not show why, or for whom it was.
import type { Context } from 'hono';
import type { HttpEnv } from '../context.ts';
import { signInPage } from '../sign-in/sign-in-layout.tsx';

export const showDeadLink = (c: Context<HttpEnv>, text: string, status: 404 | 422 | 429 = 404) =>
  signInPage(
    c,
    {
      title: 'This link does not work',
      content: (
        <div class="plain">
          <p>{text}</p>
          <a class="button" href="/sign-in">
            Sign in
          </a>
        </div>
      ),
    },
    status,
  );
