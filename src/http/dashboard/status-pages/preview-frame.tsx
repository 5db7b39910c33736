// Owns the frame that shows what a form would make, before it is saved. Without script, its button posts the form into the frame;
// with script, islands/preview.ts does after a pause in typing. Nothing in the frame runs or leads anywhere.

export const PREVIEW_PAGE = '/dashboard/preview/status-page';
export const PREVIEW_WORDS = '/dashboard/preview/words';

interface PreviewFrameProps {
  /** The id of the form. */
  readonly form: string;
  /** The route that takes the form. */
  readonly action: string;
  /** What the frame shows before. */
  readonly src: string;
  readonly title: string;
  /** With script, shows at once what the form has: the frame begins without it. */
  readonly showsForm?: boolean;
}

export const PreviewFrame = ({ form, action, src, title, showsForm = false }: PreviewFrameProps) => (
  <section class="page-preview" aria-label={title}>
    <div class="head">
      <h2>Preview</h2>
      <button
        type="submit"
        class="quiet"
        form={form}
        formaction={action}
        formtarget="preview"
        formnovalidate
        data-preview="preview"
        {...(showsForm ? { 'data-preview-now': '' } : {})}
      >
        Preview
      </button>
    </div>
    {/* allow-same-origin only lets it load our own style, and the page keep the place that it is scrolled to. */}
    <iframe name="preview" src={src} title={title} sandbox="allow-same-origin" />
  </section>
);
