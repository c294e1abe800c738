import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../base/log.ts';
import type { Core } from '../core/core.ts';
import type { Principal } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';
import { type Answers, createAnswers } from './answers.ts';
import { createDrafts, type Drafts } from './drafts.ts';
import { createEventLog, type EventLog } from './event-log.ts';
import { createFailures, type Failures } from './failures.ts';
import { uriOf } from './locate.ts';
import { createShownLayers, type ShownLayers } from './magic/newborn.ts';
import { createQuestions, type Questions } from './questions.ts';
import { createRemovals, type Removals } from './session/removals.ts';
import { createSnapshots, type Snapshots } from './snapshots.ts';

const BLOCKS_KEPT = 32;

/** What every node of one mount shares. */
export interface VfsContext {
  readonly core: Core;
  readonly principal: Principal;
  readonly readOnly: boolean;
  readonly log: Logger;
  /** When this vfs was made: the time of what never changes. */
  readonly bornNs: bigint;
  readonly snapshots: Snapshots;
  /** Blocks of context, which are large, so few of them. They are true for moments only, whatever changes. */
  readonly blocks: Snapshots;
  readonly drafts: Drafts;
  readonly answers: Answers;
  readonly questions: Questions;
  readonly events: EventLog;
  readonly failures: Failures;
  readonly removals: Removals;
  readonly shownLayers: ShownLayers;
  /** Absolute path of the plain file or directory of canonical segments. Pure. */
  backingPath(segments: readonly string[]): string;
  /** Real path of the account's content directory. */
  accountRoot(): Promise<string>;
  /** Tells the core that an entry changed, and forgets what was rendered before. */
  changed(segments: readonly string[]): void;
  /** Tells the core that an entry has another name; what it cannot keep up with is logged, the rename stands. */
  renamed(from: readonly string[], to: readonly string[]): Promise<void>;
  /** Tells the core that an entry went; beside `changed`. */
  removed(segments: readonly string[]): void;
  close(): void;
}

export interface VfsOptions {
  readonly readOnly: boolean;
  readonly log: Logger;
}

export function createContext(core: Core, principal: Principal, options: VfsOptions): VfsContext {
  const base = core.tree.path(principal, VikingUri.root);
  const failures = createFailures(core.journal, principal);
  const snapshots = createSnapshots();
  const drafts = createDrafts(failures);
  const answers = createAnswers(core, principal);
  const events = createEventLog(core.journal, principal);
  const removals = createRemovals(failures);
  let root: Promise<string> | undefined;

  return {
    core,
    principal,
    readOnly: options.readOnly,
    log: options.log,
    bornNs: BigInt(Date.now()) * 1_000_000n,
    snapshots,
    blocks: createSnapshots(Date.now, BLOCKS_KEPT),
    drafts,
    answers,
    questions: createQuestions(answers),
    events,
    failures,
    removals,
    shownLayers: createShownLayers(),
    backingPath: (segments) => join(base, ...segments),
    accountRoot() {
      root ??= realpath(base).catch((error: unknown) => {
        root = undefined;
        throw error;
      });
      return root;
    },
    changed(segments) {
      snapshots.clear();
      const uri = uriOf(segments);
      if (uri !== undefined) core.tree.changed(principal, uri);
    },
    async renamed(from, to) {
      const [source, target] = [uriOf(from), uriOf(to)];
      if (source === undefined || target === undefined) return;
      await core.tree.renamed(principal, source, target).catch((error: unknown) => {
        options.log.warn({ error: String(error) }, 'records did not follow a rename');
      });
    },
    removed(segments) {
      const uri = uriOf(segments);
      if (uri !== undefined) core.tree.removed(principal, uri);
    },
    close() {
      answers.close();
      events.close();
      drafts.close();
      removals.close();
    },
  };
}
