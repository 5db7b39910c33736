// The few platform types that the Worker's files name, for the programs that Node runs and that import those files.
type D1Database = import('@cloudflare/workers-types').D1Database;
type D1PreparedStatement = import('@cloudflare/workers-types').D1PreparedStatement;
type Queue<T> = import('@cloudflare/workers-types').Queue<T>;
type RateLimit = import('@cloudflare/workers-types').RateLimit;
type SendEmail = import('@cloudflare/workers-types').SendEmail;
type CryptoKey = import('node:crypto').webcrypto.CryptoKey;
type Message<T> = import('@cloudflare/workers-types').Message<T>;
type MessageBatch<T> = import('@cloudflare/workers-types').MessageBatch<T>;
type R2Bucket = import('@cloudflare/workers-types').R2Bucket;
type R2MultipartUpload = import('@cloudflare/workers-types').R2MultipartUpload;
type R2UploadedPart = import('@cloudflare/workers-types').R2UploadedPart;
