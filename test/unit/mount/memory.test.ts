import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { giveMemoryBack } from '../../../src/mount/index.ts';

const addon = fileURLToPath(new URL('../../../native/build/Release/vikingfs.node', import.meta.url));

it.runIf(existsSync(addon))(
  'the addon tells the allocator to give memory back, and may be told again',
  () => {
    expect(giveMemoryBack()).toBe(true);
    // Twice, as by two cores in one process.
    expect(giveMemoryBack()).toBe(true);
  },
);
