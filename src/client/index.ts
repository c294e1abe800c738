export * from './client.ts';
export type * from './requests.ts';
export type { ClientOptions } from './transport.ts';
