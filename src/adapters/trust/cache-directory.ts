import { isAbsolute, join } from 'node:path';

export interface CacheEnvironment {
  readonly platform: NodeJS.Platform;
  readonly homeDirectory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The user's cache directory for slsa-gate. A relative XDG_CACHE_HOME is ignored, as its specification says. */
export function defaultCacheDirectory({ platform, homeDirectory, env }: CacheEnvironment): string {
  const xdg = env.XDG_CACHE_HOME;
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'slsa-gate');
  if (platform === 'darwin') return join(homeDirectory, 'Library', 'Caches', 'slsa-gate');
  if (platform === 'win32')
    return join(env.LOCALAPPDATA ?? join(homeDirectory, 'AppData', 'Local'), 'slsa-gate', 'Cache');
  return join(homeDirectory, '.cache', 'slsa-gate');
}
