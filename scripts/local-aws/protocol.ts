// Owns the names of the protocols that AWS services speak: smithy.io/2.0/aws/protocols/index.html. Does not read or write them.

export type Protocol = 'query' | 'rest-json' | 'rest-xml' | 'json-rpc';
