import { readFile } from 'node:fs/promises';
import { VikingError } from '../errors/index.ts';

/** Where the administrator says whether ordinary users may let others into their mounts: fusermount3(1). */
const FUSE_CONF = '/etc/fuse.conf';

export interface AllowOtherRules {
  /** Effective user who mounts. Root needs nobody's leave. */
  readonly uid: number;
  readonly fuseConf?: string;
}

/**
 * Whether this user may mount so that others get in; asked before, because fusermount3 says no without a reason.
 * @throws PERMISSION_DENIED naming the file and the line that is missing
 */
export async function assertMayAllowOther({ uid, fuseConf = FUSE_CONF }: AllowOtherRules): Promise<void> {
  if (uid === 0) return;
  const text = await readFile(fuseConf, 'utf8').catch(() => '');
  if (text.split('\n').some((line) => line.trim() === 'user_allow_other')) return;
  throw new VikingError(
    'PERMISSION_DENIED',
    `allow_other: ${fuseConf} does not let ordinary users open their mounts to others`,
    {
      hint: `As root: echo user_allow_other >> ${fuseConf}. Or mount without --allow-other.`,
    },
  );
}
