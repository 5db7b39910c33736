// Owns responses that are written while they are read: memory holds one piece, however long the response is.
// Does not know what is written.

/** Pieces of about this length: a record alone would cost a call each. */
const CHUNK_CHARACTERS = 32_768;

/**
 * The texts as one body. They are read as fast as the client takes them. An error ends the connection, so that a part is not
 * taken for the whole.
 */
export function streamTexts(texts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      let chunk = '';
      while (chunk.length < CHUNK_CHARACTERS) {
        const { value, done } = await texts.next();
        if (done) {
          if (chunk !== '') controller.enqueue(encoder.encode(chunk));
          return controller.close();
        }
        chunk += value;
      }
      controller.enqueue(encoder.encode(chunk));
    },
    cancel: async () => void (await texts.return(undefined)),
  });
}
