/** Holds JavaScript until a write's caller has its answer, and then looks at what is known of the write by another door. */
import { requireAddon } from '../../src/base/native-addon.ts';
import type { Core } from '../../src/core/index.ts';
import type { DriverSession } from '../../src/mount/index.ts';
import type { Binding, NativeSession } from '../../src/mount/kernel/binding.ts';

const BOUND_MS = 5_000;

export interface LateMail {
  /** `lateNews`: writes not yet noted when their caller was answered; `lateHeard`: those that `hear` made known. */
  readonly counts: { lateNews: number; lateHeard: number };
  watch(core: Core, session: DriverSession): void;
}

/** To be called before the mount is made. */
export function lateMail(): LateMail {
  const addon = requireAddon() as { Session: Binding['Session'] };
  const counts = { lateNews: 0, lateHeard: 0 };
  let session: DriverSession | undefined;
  let noted = 0;

  async function look(native: NativeSession, answered: number): Promise<void> {
    const until = performance.now() + BOUND_MS;
    while (direct(native) === answered) if (performance.now() > until) return;
    const before = noted;
    await session?.hear();
    counts.lateNews += 1;
    counts.lateHeard += noted - before;
  }

  addon.Session = class extends addon.Session {
    override writeThrough(...write: Parameters<NonNullable<NativeSession['writeThrough']>>): boolean {
      const answered = direct(this);
      const isBegun = super.writeThrough?.(...write) === true;
      if (isBegun) queueMicrotask(() => void look(this, answered));
      return isBegun;
    }
  };
  return {
    counts,
    watch(core, mounted) {
      session = mounted;
      core.onContentChange(({ uri }) => {
        if (uri.name === 'messages.jsonl') noted += 1;
      });
    },
  };
}

function direct(native: NativeSession): number {
  return native.stats()['directAnswers'] ?? 0;
}
