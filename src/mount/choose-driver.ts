import type { Logger } from '../base/log.ts';
import { VikingError } from '../errors/index.ts';
import type { MountDriver } from './driver.ts';
import { fuseNativeDriver } from './fuse-native/index.ts';
import { kernelDriver } from './kernel/index.ts';

export type DriverChoice = 'auto' | 'kernel' | 'fuse-native';

const DRIVERS: readonly MountDriver[] = [kernelDriver, fuseNativeDriver];

/**
 * The driver of that name; for `auto` the first that works here, our own before the portable one.
 * @throws UNAVAILABLE saying what each driver misses
 */
export async function chooseDriver(
  choice: DriverChoice,
  log: Logger,
  drivers: readonly MountDriver[] = DRIVERS,
): Promise<MountDriver> {
  const reasons: string[] = [];
  for (const driver of drivers) {
    if (choice !== 'auto' && driver.name !== choice) continue;
    const reason = await driver.unavailable();
    if (reason === undefined) return driver;
    reasons.push(`${driver.name}: ${reason}`);
    log.debug({ driver: driver.name, reason }, 'driver not usable here');
  }
  throw new VikingError('UNAVAILABLE', `no FUSE driver works here: ${reasons.join('; ')}`, {
    hint: 'See: ov doctor.',
  });
}
