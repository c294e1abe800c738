import { lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hiddenIn } from '../content/index.ts';
import { VikingError } from '../errors/index.ts';
import { isZip, unzip } from './unzip.ts';

export const SKILL_FILE = 'SKILL.md';
const SKILL_TEXT_MAX_BYTES = 1024 ** 2;

/** A skill as it comes: the text of its `SKILL.md`, or a file, directory or zip archive on this machine. */
export type SkillSource = { readonly text: string } | { readonly path: string };

/** A directory whose `SKILL.md` is the skill. */
export interface OpenedSkill {
  readonly directory: string;
  readonly text: string;
  /** Name of the directory the skill came in; undefined for a text. */
  readonly directoryName?: string;
  /** Removes what was unpacked. */
  close(): Promise<void>;
}

/** @throws NOT_FOUND, SKILL_INVALID (no `SKILL.md`), TOO_LARGE */
export async function openSkillSource(source: SkillSource, stagingDir: string): Promise<OpenedSkill> {
  const work = hiddenIn(stagingDir);
  const close = () => rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    const directory = await directoryOf(source, work);
    const file = join(directory, SKILL_FILE);
    const found = await lstat(file).catch(() => undefined);
    if (found?.isFile() !== true) {
      throw new VikingError('SKILL_INVALID', `no ${SKILL_FILE} in the skill`, {
        hint: `A skill is a ${SKILL_FILE}, or a directory or zip archive with one at its top.`,
      });
    }
    if (found.size > SKILL_TEXT_MAX_BYTES)
      throw new VikingError('TOO_LARGE', `${SKILL_FILE} has more than ${SKILL_TEXT_MAX_BYTES} bytes`);
    const named = 'path' in source && directory !== work ? directory.split('/').at(-1) : undefined;
    const text = await readFile(file, 'utf8');
    return {
      directory,
      text,
      close,
      ...(named === undefined || named === 'unpacked' ? {} : { directoryName: named }),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function directoryOf(source: SkillSource, work: string): Promise<string> {
  if ('text' in source) {
    await writeFile(join(work, SKILL_FILE), source.text);
    return work;
  }
  const found = await lstat(source.path).catch(() => undefined);
  if (found === undefined) throw new VikingError('NOT_FOUND', `${source.path}: no such file or directory`);
  if (found.isDirectory()) return source.path;
  if (!found.isFile())
    throw new VikingError('INVALID_ARGUMENT', `${source.path}: neither a file nor a directory`);
  if (!(await isZip(source.path))) {
    if (found.size > SKILL_TEXT_MAX_BYTES)
      throw new VikingError('TOO_LARGE', `${SKILL_FILE} has more than ${SKILL_TEXT_MAX_BYTES} bytes`);
    await writeFile(join(work, SKILL_FILE), await readFile(source.path));
    return work;
  }
  const unpacked = join(work, 'unpacked');
  await mkdir(unpacked);
  await unzip(source.path, unpacked);
  const top = await readdir(unpacked, { withFileTypes: true });
  const only = top.length === 1 && top[0]!.isDirectory() ? top[0]!.name : undefined;
  return only === undefined ? unpacked : join(unpacked, only);
}
