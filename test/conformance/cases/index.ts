import type { Case, PathCase } from '../posix-fs.ts';
import { attributeCases } from './attributes.ts';
import { dataCases } from './data.ts';
import { directoryCases } from './directories.ts';
import { linkCases } from './links.ts';
import { nameCases } from './names.ts';
import { openCases } from './open.ts';
import { programCases } from './programs.ts';
import { renameCases } from './rename.ts';

/** Every named case. A case is proved on a plain directory before it says anything about us. */
export const cases: Readonly<Record<string, Case>> = {
  ...openCases,
  ...dataCases,
  ...nameCases,
  ...directoryCases,
  ...renameCases,
  ...linkCases,
  ...attributeCases,
};

/** Cases that need a path of the operating system: a plain directory or a mount, not the vfs in process. */
export const pathCases: Readonly<Record<string, PathCase>> = programCases;
