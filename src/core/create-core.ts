import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { openContent, watchContent } from '../content/index.ts';
import { createMemory } from '../memory/index.ts';
import { openJournal, openStore } from '../records/index.ts';
import { createRetrieval } from '../retrieval/index.ts';
import { createSessions } from '../sessions/index.ts';
import { createActiveCounts } from './active-counts.ts';
import { createChanges } from './changes.ts';
import type { Core, CoreTree } from './core.ts';
import { createFiles } from './files.ts';
import { createJournal } from './journal.ts';
import { createLayers } from './layers.ts';
import { contentPath, ensureFrame } from './namespace.ts';
import { type CoreOptions, VERSION } from './options.ts';
import { createRelations } from './relations.ts';
import { createResources } from './resources.ts';
import { createSystem } from './system.ts';
import { startTextWorker } from './worker/start.ts';

/** Version of what is written in the record store. */
const RECORDS_FORMAT = 1;
