// Owns what a page without services shows its operator: how to create the first one. In English, as the API is.
import { curl } from '../reference/examples.ts';

const FIRST_MONITOR = {
  name: 'Web shop',
  check: { type: 'tcp', host: 'shop.example.com', port: 443 },
  intervalSeconds: 60,
  public: true,
};

export const Welcome = ({ hidden, publicUrl }: { hidden: number; publicUrl: string }) => (
  <section aria-labelledby="begin" lang="en">
    <h2 id="begin">{hidden > 0 ? 'Publish a monitor' : 'Create your first monitor'}</h2>
    <div class="plain">
      {hidden > 0 ? (
        <p>
          Monitors with <code>"public": true</code> appear on this page.
        </p>
      ) : (
        <>
          <p>Run this command with an API key. The first checks start within seconds, from every location.</p>
          <pre tabindex={0}>
            <code>
              {curl({
                method: 'post',
                url: `${publicUrl}/api/v1/monitors`,
                closed: true,
                body: FIRST_MONITOR,
              })}
            </code>
          </pre>
        </>
      )}
      <p>
        See the <a href="/api/v1/docs">API reference</a> for all fields.
      </p>
    </div>
  </section>
);
