import { unmountLeftovers } from './leftover-mounts.ts';

/** A killed run can leave mounts behind that hang the next one: they go before the first test and after the last. */
export default async function setup(): Promise<() => Promise<void>> {
  await unmountLeftovers();
  return async () => {
    await unmountLeftovers(process.pid);
  };
}
