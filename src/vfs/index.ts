export type { VfsOptions } from './context.ts';
export { createVfs } from './create-vfs.ts';
export { splitPath } from './locate.ts';
export type * from './vfs.ts';
export { withDeadlines } from './with-deadlines.ts';
