import type { RouteName } from '../api/routes.ts';
import type { Handler } from './ask.ts';
import { adminRoutes } from './routes/admin.ts';
import { attributeRoutes } from './routes/attributes.ts';
import { batchWriteRoutes } from './routes/batch-write.ts';
import { contentRoutes } from './routes/content.ts';
import { fileRoutes } from './routes/files.ts';
import { memoryRoutes } from './routes/memories.ts';
import { observerRoutes } from './routes/observer.ts';
import { resourceRoutes } from './routes/resources.ts';
import { searchRoutes } from './routes/search.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { skillRoutes } from './routes/skills.ts';
import { statsRoutes } from './routes/stats.ts';
import { relationRoutes, type SystemRoutesOptions, systemRoutes, taskRoutes } from './routes/system.ts';
import { toolResultRoutes } from './routes/tool-results.ts';
import { watchRoutes } from './routes/watches.ts';
import type { Uploads } from './uploads.ts';

/** One handler for every route of the table; the type says that none is missing. */
export function createHandlers(options: SystemRoutesOptions, uploads: Uploads): Record<RouteName, Handler> {
  const { core } = options;
  return {
    ...systemRoutes(options),
    ...observerRoutes(core),
    ...fileRoutes(core),
    ...contentRoutes(core),
    ...attributeRoutes(core),
    ...batchWriteRoutes(core),
    ...searchRoutes(core),
    ...sessionRoutes(core),
    ...toolResultRoutes(core),
    ...statsRoutes(core),
    ...memoryRoutes(core),
    ...resourceRoutes(core, uploads),
    ...skillRoutes(core, uploads),
    ...watchRoutes(core),
    ...relationRoutes(core),
    ...taskRoutes(core),
    ...adminRoutes(core, options.mounts),
  };
}
