export * from './content.ts';
export * from './fs.ts';
export * from './resources.ts';
export * from './search.ts';
export * from './sessions.ts';
export * from './skills.ts';
export * from './system.ts';
export * from './watches.ts';
