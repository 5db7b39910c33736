// Owns what a person sees when a sign-in through an identity provider fails: what is wrong, and what to do. Does not log.
import type { Context } from 'hono';
import type { SignInProblemKind } from '../../services/sign-in/problem.ts';
import type { HttpEnv } from '../context.ts';
import { signInPage } from './sign-in-layout.tsx';

interface Text {
  readonly status: 400 | 403 | 503;
  readonly title: string;
  readonly text: (provider: string) => string;
}

const TEXTS: Record<SignInProblemKind, Text> = {
  unreachable: {
    status: 503,
    title: 'The provider does not respond',
    text: (provider) => `${provider} does not respond. Try again in a minute, or sign in another way.`,
  },
  misconfigured: {
    status: 503,
    title: 'The provider is not set up correctly',
    text: (provider) =>
      `The settings of ${provider} here and there do not match. Ask an admin: the log of the Worker names the error, as sign_in.failed.`,
  },
  cancelled: {
    status: 403,
    title: 'The provider refused the sign-in',
    text: (provider) => `${provider} refused the sign-in, or you cancelled it. Try again, or ask an admin.`,
  },
  expired: {
    status: 400,
    title: 'This sign-in has expired',
    text: () =>
      'The sign-in took longer than 10 minutes, was begun in another browser, was completed before, or an admin changed the provider meanwhile. Sign in again.',
  },
  invalid: {
    status: 400,
    title: 'The sign-in could not be verified',
    text: (provider) =>
      `The response of ${provider} does not prove who you are. Try again. If this persists, ask an admin.`,
  },
  no_role: {
    status: 403,
    title: 'You have no role here',
    text: (provider) =>
      `${provider} knows you, but none of your groups has a role here. Ask an admin to add one of your groups to the rules of ${provider}.`,
  },
  disabled: {
    status: 403,
    title: 'Your account is disabled',
    text: () => 'An admin disabled your account here. Ask an admin to enable it.',
  },
};

export function signInProblemPage(c: Context<HttpEnv>, kind: SignInProblemKind, provider: string) {
  const { status, title, text } = TEXTS[kind];
  return signInPage(c, { title, content: <Explained text={text(provider)} /> }, status);
}

const Explained = ({ text }: { readonly text: string }) => (
  <div class="plain">
    <p>{text}</p>
    <p>
      <a href="/sign-in">Show all ways to sign in</a>
    </p>
  </div>
);

export const unknownProviderPage = (c: Context<HttpEnv>) => {
  const text = 'This way to sign in does not exist, or an admin disabled it.';
  return signInPage(c, { title: 'Unknown identity provider', content: <Explained text={text} /> }, 404);
};
