// Owns a D1 whose batches fail on command. A failed batch writes nothing.

export const flakyD1 = (db: D1Database, fails: () => boolean): D1Database =>
  new Proxy(db, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (name === 'batch')
        return (statements: D1PreparedStatement[]) =>
          fails()
            ? Promise.reject(new Error('D1_ERROR: Network connection lost.'))
            : target.batch(statements);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
