import type { RouteName } from '../../../src/api/index.ts';
import { adminCases } from './admin.ts';
import { contentCases } from './content.ts';
import { fsCases } from './fs.ts';
import { memoryCases } from './memories.ts';
import { relationCases } from './relations.ts';
import { resourceCases } from './resources.ts';
import type { CasesOf } from './route-case.ts';
import { searchCases } from './search.ts';
import { sessionCases } from './sessions.ts';
import { skillCases } from './skills.ts';
import { statsCases } from './stats.ts';
import { systemCases } from './system.ts';
import { taskCases } from './tasks.ts';
import { watchCases } from './watches.ts';

/** The cases of every route; the type says that none is missing. What ends the daemon comes last. */
export const ROUTE_CASES: CasesOf<RouteName> = {
  ...searchCases,
  ...fsCases,
  ...contentCases,
  ...sessionCases,
  ...statsCases,
  ...memoryCases,
  ...resourceCases,
  ...skillCases,
  ...watchCases,
  ...relationCases,
  ...taskCases,
  ...adminCases,
  ...systemCases,
};
