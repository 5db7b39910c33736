// Owns the width of a badge's text in the font that shields.io made usual: Verdana at 11 px. Pure.
// badge-maker brings tables of every Unicode character, 900 kB of a Worker and a gzipped 290 kB. A badge sets `textLength`,
// so an approximate width of rare characters only makes them a little narrower or wider.

/** Of U+0020 to U+007E, in tenths of a pixel. */
const ASCII = [
  ...[39, 43, 51, 90, 70, 118, 80, 30, 50, 50, 70, 90, 40, 50, 40, 50, 70, 70, 70, 70, 70, 70, 70, 70, 70],
  ...[70, 50, 50, 90, 90, 90, 60, 110, 75, 75, 77, 85, 70, 63, 85, 83, 46, 50, 76, 61, 93, 82, 87, 66, 87],
  ...[77, 75, 68, 81, 75, 109, 75, 68, 75, 50, 50, 50, 90, 70, 70, 66, 69, 57, 69, 66, 39, 69, 70, 30, 38],
  ...[65, 30, 107, 70, 67, 69, 69, 47, 57, 43, 70, 65, 90, 65, 65, 58, 70, 50, 70, 90],
];

const WIDE =
  /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}/u;
const NO_WIDTH = /\p{M}|\p{Cf}/u;

/** In pixels, for a font of 11 px. */
export function textWidth(text: string): number {
  const tenths = [...text].map((sign) => {
    const code = sign.codePointAt(0)!;
    return ASCII[code - 0x20] ?? (NO_WIDTH.test(sign) ? 0 : WIDE.test(sign) ? 110 : 80);
  });
  return tenths.reduce((sum, width) => sum + width, 0) / 10;
}
