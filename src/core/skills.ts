import type { SkillDetail, SkillFile, SkillSummary, SkillWriteResult } from '../api/results.ts';
import { KeyedLock } from '../base/lock.ts';
import type { ContentStore } from '../content/contract.ts';
import { type ErrorCode, isVikingError, VikingError } from '../errors/index.ts';
import {
  addResource,
  openSkillSource,
  readSkillText,
  SKILL_FILE,
  SKILL_NAME,
  type SkillText,
  sourceError,
} from '../ingest/index.ts';
import { assertAccess, type Principal, skillsOwner } from '../tenancy/index.ts';
import { VikingUri } from '../uri/index.ts';
import type { Changes } from './changes.ts';
import type { CoreSearch, CoreSkills, SkillTarget } from './core.ts';
import type { Guard } from './guard.ts';
import { contentPath } from './namespace.ts';
import { noteSource, readSource, sourceText } from './skill-origin.ts';

export interface SkillsOptions {
  readonly content: ContentStore;
  readonly guard: Guard;
  readonly changes: Changes;
  readonly search: CoreSearch;
  readonly stagingDir: string;
  indexed(): Promise<void>;
}

const GONE: ReadonlySet<ErrorCode> = new Set(['PERMISSION_DENIED', 'NOT_FOUND', 'NOT_DIRECTORY']);
const SKILL_TEXT_MAX_BYTES = 1024 ** 2;
/** Files of one skill that a detail lists. */
const FILES_LIMIT = 1_000;

interface SkillPlace {
  readonly uri: VikingUri;
  /** Content path by its name, and without symlinks on the way. */
  readonly path: string;
  readonly real: string;
}

/** Skills: directories with a `SKILL.md` in the user's `skills`. */
export function createSkills(options: SkillsOptions): CoreSkills {
  const { content, guard, changes } = options;
  const lock = new KeyedLock();

  const rootOf = (principal: Principal): VikingUri => VikingUri.user(skillsOwner(principal), 'skills');

  async function place(principal: Principal, name: string): Promise<SkillPlace> {
    if (!SKILL_NAME.test(name)) {
      throw new VikingError(
        'INVALID_ARGUMENT',
        `skill ${JSON.stringify(name.slice(0, 100))}: not a skill name`,
        {
          hint: 'A name has 1 to 64 of A-Z a-z 0-9 _ -.',
        },
      );
    }
    const uri = rootOf(principal).join(name);
    const real = contentPath(principal, await guard(principal, uri, 'read'));
    return { uri, path: contentPath(principal, uri), real };
  }

  /** Undefined when there is no `SKILL.md`, or it leads to what is not the caller's to read. */
  async function textOf(principal: Principal, skill: VikingUri): Promise<string | undefined> {
    const file = skill.join(SKILL_FILE);
    try {
      const real = contentPath(principal, await guard(principal, file, 'read'));
      if ((await content.stat(real))?.kind !== 'file') return undefined;
      return (await content.read(real, SKILL_TEXT_MAX_BYTES, { real })).toString('utf8');
    } catch (error) {
      if (isVikingError(error) && GONE.has(error.code)) return undefined;
      throw error;
    }
  }

  async function existing(principal: Principal, name: string) {
    const found = await place(principal, name);
    const text = await textOf(principal, found.uri);
    if (text === undefined) throw new VikingError('NOT_FOUND', `skill ${name}: no such skill`);
    return { ...found, text };
  }

  function assertTarget(principal: Principal, target: SkillTarget): void {
    const root = rootOf(principal);
    if (target.root === undefined || String(target.root) === String(root)) return;
    assertAccess(principal, target.root, 'read');
    throw new VikingError('INVALID_URI', `${target.root}: skills do not go here`, { hint: `Use ${root}.` });
  }

  async function summaries(principal: Principal, limit: number): Promise<SkillSummary[]> {
    const root = rootOf(principal);
    const real = contentPath(principal, await guard(principal, root, 'read'));
    const found: SkillSummary[] = [];
    for (const entry of await content.list(contentPath(principal, root), { real })) {
      if (found.length === limit) break;
      if (entry.kind !== 'directory' || entry.name.startsWith('.')) continue;
      const text = await textOf(principal, root.join(entry.name));
      if (text !== undefined) found.push(summary(root.join(entry.name), readSkillText(text)));
    }
    return found;
  }

  return {
    async add(principal, source, how) {
      assertTarget(principal, how);
      const origin = sourceText(how.sourceMetadata);
      const { stagingDir } = options;
      const failed = (error: unknown) =>
        sourceError(error, { source: 'path' in source ? source.path : SKILL_FILE, stagingDir });
      const opened = await openSkillSource(source, stagingDir).catch((error: unknown) => {
        throw failed(error);
      });
      try {
        const skill = readSkillText(opened.text);
        if (skill.errors.length > 0) throw invalid(skill);
        if (how.name !== undefined && skill.name !== how.name) {
          throw new VikingError(
            'SKILL_INVALID',
            `name: ${skill.name}, and the skill to replace is ${how.name}`,
          );
        }
        const { uri, path } = await place(principal, skill.name);
        if (how.name !== undefined) await existing(principal, how.name);
        const outcome = await lock.run(path, async () => {
          await guard(principal, uri, 'write', { follow: false });
          const root = rootOf(principal);
          const checked = { real: contentPath(principal, await guard(principal, root, 'read')) };
          const placed = await content.within(contentPath(principal, root), checked, (container) =>
            addResource({
              source: opened.directory,
              container,
              name: skill.name,
              stagingDir,
            }),
          );
          await noteSource(content, { path, real: `${checked.real}/${skill.name}` }, origin);
          return placed;
        });
        changes.report([path], 'door');
        if (how.wait === true) await options.indexed();
        return {
          status: 'success',
          ...summary(uri, skill),
          auxiliary_files: outcome.files - 1,
          warnings: [
            ...skill.warnings,
            ...outcome.skipped.map((entry) => `${entry.path}: skipped (${entry.reason})`),
          ],
        } satisfies SkillWriteResult;
      } catch (error) {
        throw failed(error);
      } finally {
        await opened.close();
      }
    },

    async list(principal, { limit, ...target }) {
      assertTarget(principal, target);
      const root = String(rootOf(principal));
      const skills = await summaries(principal, limit);
      return { root_uri: root, root_uris: [root], skills, total: skills.length };
    },

    async get(principal, name, how) {
      assertTarget(principal, how);
      const { uri, path, real, text } = await existing(principal, name);
      const files: SkillFile[] = [];
      if (how.files) {
        for await (const entry of content.walk(path, { real })) {
          if (entry.path === path) continue;
          if (files.length === FILES_LIMIT) break;
          files.push(fileOf(uri, path, entry));
        }
      }
      const detail: SkillDetail = {
        ...summary(uri, readSkillText(text)),
        ...(how.content ? { content: text } : {}),
        ...(how.files ? { files } : {}),
        ...(how.source === true ? { source_metadata: await readSource(content, path) } : {}),
      };
      return detail;
    },

    async find(principal, { query, limit, levels, scoreThreshold, ...target }) {
      assertTarget(principal, target);
      const root = rootOf(principal);
      const { skills } = await options.search.find(principal, {
        query,
        targets: [root],
        // Several files of one skill may answer: what is asked for is skills.
        limit: Math.min(1_000, limit * 5),
        ...(levels === undefined ? {} : { levels }),
        ...(scoreThreshold === undefined ? {} : { scoreThreshold }),
      });
      const known = new Map((await summaries(principal, 10_000)).map((one) => [one.name, one]));
      const found = [];
      for (const hit of skills) {
        const name = VikingUri.fromCanonical(hit.uri).segments[3];
        const skill = name === undefined ? undefined : known.get(name);
        if (skill === undefined) continue;
        known.delete(skill.name);
        found.push({
          ...skill,
          score: hit.score,
          match_reason: hit.match_reason,
          level: hit.level,
          abstract: skill.description,
        });
        if (found.length === limit) break;
      }
      return { skills: found, total: found.length };
    },

    async remove(principal, name, target) {
      assertTarget(principal, target);
      const { uri, path } = await existing(principal, name);
      const removed = await lock.run(path, async () => {
        const real = contentPath(principal, await guard(principal, uri, 'write', { follow: false }));
        return content.remove(path, { recursive: true, real });
      });
      changes.report([path], 'door');
      return {
        name,
        uri: String(uri),
        root_uri: String(uri.parent()),
        estimated_deleted_count: removed,
        privacy_deleted: false,
      };
    },
  };
}

function summary(uri: VikingUri, skill: SkillText): SkillSummary {
  return {
    type: 'skill',
    name: uri.name,
    uri: String(uri),
    root_uri: String(uri.parent()),
    skill_md_uri: String(uri.join(SKILL_FILE)),
    description: skill.description,
    tags: skill.tags,
    allowed_tools: skill.allowedTools,
  };
}

function fileOf(
  uri: VikingUri,
  path: string,
  entry: { readonly path: string; readonly name: string; readonly kind: string; readonly size: number },
): SkillFile {
  const below = entry.path.slice(path.length + 1);
  const kind = entry.kind === 'directory' ? 'directory' : below === SKILL_FILE ? 'definition' : 'auxiliary';
  return {
    path: below,
    uri: String(uri.join(...below.split('/'))),
    kind,
    size: kind === 'directory' ? 0 : entry.size,
  };
}

function invalid(skill: SkillText): VikingError {
  return new VikingError('SKILL_INVALID', skill.errors.join('; '), {
    hint: 'SKILL.md begins with a block of name: and description: between two lines of ---.',
    details: { errors: skill.errors, warnings: skill.warnings },
  });
}
