export { type CacheDescription, type CacheOptions, type DiskCache, openCache } from './disk.ts';
export { createMemoryCache } from './memory.ts';
export type { ContentCache, SourceCache } from './types.ts';
