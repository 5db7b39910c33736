// Owns how recovery codes are shown, once.

export const RecoveryCodes = ({ codes, next }: { codes: readonly string[]; next: string }) => (
  <div class="plain">
    <p>
      Each code replaces the authenticator app once, for example if you lose your phone. Save them in a
      password manager, or print them. <strong>This page shows them only now.</strong>
    </p>
    <ol class="codes">
      {codes.map((code) => (
        <li>
          <code>{code}</code>
        </li>
      ))}
    </ol>
    <a class="button primary" href={next}>
      I have saved the codes
    </a>
  </div>
);
