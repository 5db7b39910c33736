// Owns the rules of access for the routes of status pages: `page`, because each page has its own access.

/** The same rule at the root and below `/pages/<id>`. `endpoints` are as the router writes them: `GET /incidents/:id`. */
export function pageRules(endpoints: readonly string[]): Record<string, 'page'> {
  return Object.fromEntries(
    endpoints.flatMap((endpoint) => {
      const [method, path] = endpoint.split(' ') as [string, string];
      const below = path === '/' ? '/pages/:page' : `/pages/:page${path}`;
      return [
        [endpoint, 'page'],
        [`${method} ${below}`, 'page'],
      ] as const;
    }),
  );
}
