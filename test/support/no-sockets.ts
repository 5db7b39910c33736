// Stands for `cloudflare:sockets` where tests run in Node, which lacks it: they load the Worker's code and open no connection.

export const connect = (): never => {
  throw new Error('Tests in Node open no connection of a Worker: test it in a *.worker.test.ts.');
};
