// Owns the types of a package that has none.
declare module 'html-encoding-sniffer' {
  /** The canonical name of the encoding, or `defaultEncoding` as it was given. */
  export default function sniffEncoding(
    bytes: Uint8Array,
    options: {
      readonly xml?: boolean;
      readonly transportLayerEncodingLabel?: string;
      readonly defaultEncoding: string;
    },
  ): string;
}
