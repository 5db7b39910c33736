// Owns the Markdown that people write for readers: as HTML that runs nothing, and as plain text. CommonMark by micromark,
// which escapes HTML and drops addresses of dangerous protocols.
import { micromark } from 'micromark';

export const markdownToHtml = (markdown: string): string => micromark(markdown);
