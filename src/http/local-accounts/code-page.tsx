// Owns the page that asks for the code after a password. Does not verify it.
import type { Context } from 'hono';
import type { HttpEnv } from '../context.ts';
import { Field, Form } from '../dashboard/form.tsx';
import { Notice } from '../dashboard/notice.tsx';
import { signInPage } from '../sign-in/sign-in-layout.tsx';
import type { PageStatus } from '../ui/page.ts';

export const showCodePage = (c: Context<HttpEnv>, error?: string, status: PageStatus = 200) =>
  signInPage(
    c,
    {
      title: 'Enter the code',
      content: (
        <>
          {error === undefined ? null : (
            <Notice tone="bad" title="You are not signed in">
              <p>{error}</p>
            </Notice>
          )}
          <div class="plain">
            <Form c={c} action="/sign-in/code">
              <Field
                name="code"
                label="Code"
                hint="Six digits of your authenticator app, or a recovery code. A recovery code works once."
                required
                autocomplete="one-time-code"
                maxlength={40}
              />
              <button type="submit" class="primary">
                Sign in
              </button>
            </Form>
            <p class="fresh">
              <a href="/sign-in">Start again</a>
            </p>
          </div>
        </>
      ),
    },
    status,
  );
