import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** Version of what addon and TypeScript say to each other: `kAddonProtocol` in native/src/addon.h. */
export const ADDON_PROTOCOL = 4;

/** Where the addon and its programs are built. */
export const ADDON_BUILD = new URL('../../native/build/Release/', import.meta.url);

/** The compiled addon, whatever its version. @throws what the loader says when it was not built or does not load here */
export function requireAddon(): unknown {
  return createRequire(import.meta.url)(fileURLToPath(new URL('vikingfs.node', ADDON_BUILD)));
}
