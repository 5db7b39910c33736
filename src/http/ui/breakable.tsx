// Owns where long addresses in a text may break: after the signs between their parts, and not within a part.

/** Shorter ones fit into every line. */
const LONG = 24;
const ADDRESS = /^[\w.:/@?&=%~+{}-]+$/;

export const Breakable = ({ text }: { text: string }) => (
  <>
    {text
      .split(/(\s+)/)
      .map((word) =>
        word.length > LONG && ADDRESS.test(word) ? <Parts of={word.split(/(?<=[/._@?&=])/)} /> : word,
      )}
  </>
);

const Parts = ({ of }: { of: readonly string[] }) => (
  <>
    {of.map((part, index) => (
      <>
        {index > 0 ? <wbr /> : null}
        {part}
      </>
    ))}
  </>
);
