/** The wire: route names, envelopes and result shapes. Request schemas are in `schemas/`, for servers only. */
export * from './envelope.ts';
export * from './headers.ts';
export { asReferenceError, REFERENCE_CODES } from './reference-codes.ts';
export type * from './results.ts';
export { methodsAt, pathOf, ROUTES, type Route, type RouteName } from './routes.ts';
