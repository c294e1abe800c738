import { describe } from 'vitest';
import { silentLogger } from '../../src/base/log.ts';
import { chooseDriver } from '../../src/mount/index.ts';

export const DRIVERS = ['kernel', 'fuse-native'] as const;
export type DriverName = (typeof DRIVERS)[number];

/** A suite for each driver. One that cannot mount here is skipped by name, unless VIKINGFS_REQUIRE_FUSE is 1. */
export async function describeDrivers(title: string, suite: (driver: DriverName) => void): Promise<void> {
  for (const driver of DRIVERS) await describeDriver(title, driver, () => suite(driver));
}

/** The same for one driver. */
export async function describeDriver(title: string, driver: DriverName, suite: () => void): Promise<void> {
  const reason = await whyNot(driver);
  const skipped = reason !== undefined && process.env['VIKINGFS_REQUIRE_FUSE'] !== '1';
  describe.skipIf(skipped)(`${title} by ${driver}${skipped ? ` (${reason})` : ''}`, suite);
}

async function whyNot(driver: DriverName): Promise<string | undefined> {
  try {
    await chooseDriver(driver, silentLogger);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
